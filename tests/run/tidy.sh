# ./kilometric tidy: clang-tidy over the daemons' code, with the checks of .clang-tidy. Minutes; not in .ci/run.

command_tidy() {
  local files=("$@")
  install_packages "${build_packages[@]}" "${test_packages[@]}" clang-tidy:clang-tidy
  leave_root tidy "$@"
  build_in build true build.ninja
  cd "$root" || exit
  ((${#files[@]})) || mapfile -t files < <(find common ingestd readerd tool -name '*.cpp' | sort)
  say "clang-tidy, ${#files[@]} files"
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build --quiet --extra-arg=-Wno-unknown-warning-option 2> >(grep -v "warnings generated" >&2) ||
    die "clang-tidy has something to say; see above"
}

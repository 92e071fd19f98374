# ./kilometric bench: measures, beside floors that bear the same traffic.

command_bench() {
  install_packages "${build_packages[@]}" "${bench_packages[@]}"
  leave_root bench "$@"
  build_in build true
  cd "$root" || exit
  KILOMETRIC_BUILD=$root/build exec /usr/bin/python3 tests/bench/bench.py "$@"
}

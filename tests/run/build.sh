# ./kilometric build, and the build folders of all who need one.

# What the tests run, but for those of faults.
tested=("${programs[@]}" manual tests/unit-tests tests/evaluate-targets)

# build_in <folder> <tests: true or false> [ninja targets]: everything, or these targets.
build_in() {
  local folder=$root/$1 options=(-Dbuildtype=debugoptimized "-Dtests=$2") sanitizers=none
  [[ $1 == build ]] || sanitizers=address,undefined
  # Lines are all that a report of CI's or of a sanitizer names; gcc compiles a third faster without the rest.
  # Whatever UBSan finds ends the program: code that could go on after it takes nearly twice as long to compile.
  if [[ $1 != build ]]; then
    options+=("-Dcpp_args=-g1 -fno-sanitize-recover=all" -Doptimization=1)  # -O1, as the sanitizers advise
  elif [[ -n ${CI:-} ]]; then
    options+=(-Dcpp_args=-g1)
  fi
  if [[ $1 == build-fuzz ]]; then
    options+=(-Dfuzz=true)
    local -x CC=clang CXX=clang++  # libFuzzer is clang's
  fi
  options+=("-Db_sanitize=$sanitizers" -Db_lundef=false)  # clang links no sanitizer with it
  if [[ -n ${CI:-} ]]; then options+=(-Dwerror=true -Dstrict=true); else options+=(-Dwerror=false); fi
  own_folder "$var"
  (
    flock -n 9 || { say "waiting for another build to end"; flock 9; }
    configure "$folder" "${options[@]}"
    say "building in $1/"
    ninja -C "$folder" "${@:3}" || die "the build failed; the compiler's words are above"
  ) 9>"$var/$1.lock"
}

# Brings a build folder to these options, whatever state it is in. A folder that also builds the
# tests is good enough for who does not need them.
configure() {
  local folder=$1 stamp=$1/kilometric-options had=
  shift
  local wanted="$root $*"
  [[ ! -f $stamp ]] || had=$(<"$stamp")
  if [[ $had == "$wanted" || ${had/tests=true/tests=false} == "$wanted" ]]; then
    ninja -C "$folder" build.ninja >/dev/null 2>&1 && return  # configures again what has changed
  fi
  say "configuring ${folder#"$root"/}/"
  if [[ ! -f $folder/build.ninja ]] || ! meson setup --reconfigure "$folder" "$root" "$@" </dev/null &>/dev/null; then
    start_afresh "$folder" "$@"
  fi
  printf '%s' "$wanted" >"$stamp"
}

start_afresh() {
  local folder=$1
  shift
  if [[ -e $folder ]]; then
    [[ -d $folder/meson-private || -d $folder/meson-logs || -z $(ls -A "$folder") ]] ||
      die "$folder is not a build folder of Meson's; move it out of the way"
    rm -rf "$folder" || die "$folder cannot be removed; does it belong to another user?"
  fi
  quietly meson setup "$folder" "$root" "$@" || die "meson failed; its words are above"
}

own_folder() {
  { mkdir -p "$1" && [[ -w $1 ]]; } || die "$1 cannot be written to; does it belong to another user?"
}

command_build() {
  local options=$*
  [[ $options =~ ^(--tests|--sanitize|--fuzz)?$ ]] || die "build takes no arguments but --tests, --sanitize or --fuzz"
  case $options in
    "") install_packages "${build_packages[@]}" ;;
    --fuzz) install_packages "${build_packages[@]}" "${fuzz_packages[@]}" ;;
    *) install_packages "${build_packages[@]}" "${test_packages[@]}" ;;
  esac
  leave_root build "$@"
  case $options in
    "") build_in build false "${programs[@]}" manual ;;
    --tests) build_in build true ;;
    --sanitize) build_in build-asan true "${tested[@]}"; return ;;
    --fuzz) build_in build-fuzz false fuzzers; return ;;
  esac
  say "built: ${programs[*]/#/build/}"
}

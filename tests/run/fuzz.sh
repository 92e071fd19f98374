# ./kilometric fuzz: each fuzzer for a while, as many at a time as there are cores.

passed=0 failed=0

command_fuzz() {
  local seconds=60 targets=() target arguments=("$@")
  while (($#)); do
    case $1 in
      --seconds) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "--seconds needs a number"; seconds=$2; shift ;;
      *) grep -qxF -- "$1" <<<"$(all_fuzz_targets)" || die "no such target: $1; there are $(all_fuzz_targets | paste -sd ' ')"
         targets+=("$1") ;;
    esac
    shift
  done
  ((${#targets[@]})) || mapfile -t targets < <(all_fuzz_targets)
  install_packages "${build_packages[@]}" "${fuzz_packages[@]}"
  leave_root fuzz "${arguments[@]}"
  build_in build-fuzz false "${targets[@]/#/tests/fuzz/fuzz-}"
  run_fuzzers "$seconds" "${targets[@]}"
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

all_fuzz_targets() { (cd "$root/tests/fuzz/corpus" && ls); }

# As many at a time as there are cores.
run_fuzzers() {  # <seconds> <targets...>
  local seconds=$1 target running=0
  shift
  say "fuzzing, $seconds s a target: $*"
  for target in "$@"; do
    ((running < $(nproc))) || count_fuzzer
    run_fuzzer "$target" "$seconds" &
    running=$((running + 1))
  done
  while ((running)); do count_fuzzer; done
}

# Waits for the next fuzzer to end.
count_fuzzer() {
  if wait -n; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  running=$((running - 1))
}

# What it finds is added to build-fuzz/corpus; tests/fuzz/corpus is only read. Its files lie on a tmpfs,
# if there is one.
run_fuzzer() {  # <target> <seconds>
  local build=$root/build-fuzz dictionary=$root/tests/fuzz/$1.dict log status=0 options scratch
  [[ ! -w /dev/shm ]] || local -x TMPDIR=/dev/shm
  scratch=$(mktemp -d)
  log=$build/fuzz-$1.log
  options=(-max_total_time="$2" -timeout=10 -use_value_profile=1 -print_final_stats=1
    -artifact_prefix="$build/$1-")
  [[ ! -f $dictionary ]] || options+=(-dict="$dictionary")
  mkdir -p "$build/corpus/$1"
  TMPDIR=$scratch UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1} \
    nice "$build/tests/fuzz/fuzz-$1" "${options[@]}" "$build/corpus/$1" "$root/tests/fuzz/corpus/$1" \
    </dev/null &>"$log" || status=$?
  rm -rf "$scratch"
  if ((status)); then
    tail -n 60 "$log" >&2
    say "$1 failed; run it again with: build-fuzz/tests/fuzz/fuzz-$1 <the file named above>" >&2
  else
    say "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs," \
      "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log") a second"
  fi
  return "$status"
}

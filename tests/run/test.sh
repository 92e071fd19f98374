# ./kilometric test: runs the tests, and adds up what passed and what failed.

passed=0 failed=0 skipped=0

command_test() {
  local build=build part=all arguments=("$@")
  if [[ ${1:-} == --sanitize ]]; then build="build-asan"; shift; fi
  if (($#)); then part=$1; shift; fi
  if [[ ${1:-} == --sanitize ]]; then build="build-asan"; shift; fi
  case $part in
    systemd) test_under_systemd "$build" "$@"; return ;;
    faults) test_under_faults "$build" "$@"; return ;;
  esac
  [[ $part =~ ^(all|unit|e2e|systemd-units)$ ]] || die "no such part: $part; there are unit, e2e, faults, systemd-units and systemd"
  [[ $part == e2e || $# == 0 ]] || die "test $part takes no arguments"
  install_packages "${build_packages[@]}" "${test_packages[@]}"
  leave_root test "${arguments[@]}"
  if [[ $build == build ]]; then build_in "$build" true; else build_in "$build" true "${tested[@]}"; fi
  export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
  case $part in
    all)
      run_quiet_tests "$build"
      start_unit_tests "$build"
      [[ $build != build ]] || run_pytest "$build" "tests/test_layers.py tests/test_sources.py"
      run_e2e "$build"
      count_unit_tests ;;
    unit) start_unit_tests "$build"; count_unit_tests ;;
    e2e) if (($#)); then run_pytest "$build" tests/e2e "$@"; else run_quiet_tests "$build"; run_e2e "$build"; fi ;;
    systemd-units) run_pytest "$build" tests/e2e/test_systemd_units.py ;;
  esac
  sum_up
}

test_under_faults() {  # <build> [arguments]
  local build=$1 what=tests/faults
  shift
  while (($#)); do
    case $1 in
      --minutes)
        [[ ${2:-} =~ ^[0-9]+$ ]] || die "--minutes needs a number"
        what=tests/faults/test_soak.py
        export KILOMETRIC_SOAK_SECONDS=$(($2 * 60)) ;;
      --seed)
        [[ ${2:-} =~ ^[0-9]+$ ]] || die "--seed needs a number"
        export KILOMETRIC_SEED=$2 ;;
      *) break ;;
    esac
    shift 2
  done
  install_packages "${build_packages[@]}" "${test_packages[@]}" "${faults_packages[@]}"
  if [[ $build == build ]]; then
    (command_build --tests)  # in a shell of its own, as it may leave root
  else
    build_in "$build" true
  fi
  export PYTHONDONTWRITEBYTECODE=1  # nothing of root's among the sources
  run_pytest "$build" "$what" -p no:cacheprovider "$@"
  sum_up
}

# In a Debian of its own below var/: what runs here is not touched.
test_under_systemd() {  # <build> [arguments]
  ((EUID == 0)) || die "test systemd boots a container, which takes root: sudo ./kilometric test systemd"
  [[ $1 == build ]] || die "test systemd takes no --sanitize: what it installs is the build that is used"
  install_packages "${build_packages[@]}" "${systemd_test_packages[@]}" "${package_packages[@]}"
  (command_build)
  (command_package --built)
  export PYTHONDONTWRITEBYTECODE=1  # nothing of root's among the sources
  say "looking after the Debian below var/ that is booted; the first time takes minutes"
  KILOMETRIC_BUILD=$root/build quietly /usr/bin/python3 "$root/tests/systemd/root.py" || die "debootstrap failed; its words are above"
  run_pytest "$1" tests/systemd -p no:cacheprovider "${@:2}"
  sum_up
}

sum_up() {
  ((skipped == 0)) || echo "$skipped skipped"
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
}

# They run beside the tests that follow, and say what they have to when these are done. What hangs is ended.
start_unit_tests() {
  unit_log=$(mktemp)
  timeout --kill-after=10 20m "$root/$1/tests/unit-tests" </dev/null &>"$unit_log" &
  unit_tests=$!
}

count_unit_tests() {
  local status=0 summary
  say "unit tests"
  wait "$unit_tests" || status=$?
  cat "$unit_log"
  summary=$(grep -F '[doctest] test cases:' "$unit_log" | tail -n 1 || true)  # the last: one case runs others
  rm -f "$unit_log"
  if [[ $summary =~ ([0-9]+)\ passed\ \|\ +([0-9]+)\ failed ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    ((status == 0 || BASH_REMATCH[2] > 0)) && return
  fi
  failed=$((failed + 1))
  say "the unit tests ended with status $status" >&2
}

# They measure, so that nothing may run beside them.
run_quiet_tests() { [[ $1 != build ]] || run_pytest "$1" tests/e2e -m quiet; }

# Most of them wait, so that two can share a core; a file stays together, as its tests share daemons. Under the
# sanitizers what starts scripts, measures, or reads units is left out: there is nothing for them to find.
run_e2e() {  # <build>
  local script without=()
  install_node_clients
  if [[ $1 != build ]]; then
    for script in bench_smoke instructions release systemd_units up; do without+=("--ignore=tests/e2e/test_$script.py"); done
  fi
  run_pytest "$1" tests/e2e -m "not quiet" -n $((2 * $(nproc))) --dist loadfile --max-worker-restart 3 "${without[@]}"
}

# The clients from npm that the end-to-end tests emit with. Without them those tests fail, no other. hot-shots
# speaks to unix sockets by a module in C++, which is built with the headers that node has.
install_node_clients() {
  local folder=$root/tests/e2e/node
  [[ -f $folder/package.json ]] || return 0
  if [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json &&
    -f $folder/node_modules/unix-dgram/build/Release/unix_dgram.node ]]; then return 0; fi
  say "installing StatsD clients from npm, for the tests"
  (cd "$folder" && quietly npm ci --ignore-scripts --no-audit --no-fund && quietly npm rebuild unix-dgram --nodedir=/usr) ||
    say "npm failed; the tests that need them will too" >&2
}

run_pytest() {  # <build> <what to run> [arguments]
  local build=$root/$1 report counts status=0 argument where
  read -r -a where <<<"$2"
  shift 2
  for argument in "$@"; do
    [[ ! -e $root/${argument%%::*} ]] || where=()  # the arguments name files
  done
  say "tests in ${where[*]:-$*}"
  report=$(mktemp)
  (cd "$root" && KILOMETRIC_BUILD=$build /usr/bin/python3 -m pytest --junit-xml="$report" "${where[@]}" "$@" </dev/null) || status=$?
  counts=$(count_results "$report" 2>/dev/null) || counts="0 0 0"
  rm -f "$report"
  read -r -a counts <<<"$counts"
  passed=$((passed + counts[0])) failed=$((failed + counts[1])) skipped=$((skipped + counts[2]))
  ((status == 0 || counts[1] > 0)) && return
  failed=$((failed + 1))
  say "pytest ended with status $status" >&2
}

# "passed failed skipped" of a JUnit report. A test that fails and then cannot clean up stands there
# twice.
count_results() {
  /usr/bin/python3 - "$1" <<'END'
import sys, xml.etree.ElementTree
results = {}
for case in xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase"):
    name = case.get("classname"), case.get("name")
    kinds = {child.tag for child in case}
    worst = 1 if kinds & {"failure", "error"} else 2 if "skipped" in kinds else 0
    results[name] = 1 if 1 in (worst, results.get(name)) else worst
print(*(list(results.values()).count(kind) for kind in range(3)))
END
}

# What is said, and how: `quietly` shows the progress of a command that says much.

say() { printf 'kilometric: %s\n' "$*"; }
die() { printf 'kilometric: %s\n' "$*" >&2; exit 1; }

# Runs a command that says much: on a terminal its lines replace each other, elsewhere only the
# milestones appear. When it fails, all it said does.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" </dev/null 2>&1 | tee "$log" | show_progress || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

show_progress() {
  local line terminal=false
  [[ ! -t 1 || ${TERM:-dumb} == dumb ]] || terminal=true
  while IFS= read -r line; do
    if "$terminal"; then
      printf '\r\033[K%s' "${line:0:${COLUMNS:-80}-1}"
    elif [[ $line == "Setting up"* ]]; then
      echo "  $line"
    fi
  done
  ! "$terminal" || printf '\r\033[K'
}

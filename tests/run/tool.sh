# The verbs of the command for the terminal: what is built in tool/ and installed as `kilometric`.

built_tool() { echo "${KILOMETRIC_BUILD:-$root/build}/tool/kilometric"; }

hand_over() {  # <verb> [arguments]
  [[ -x $(built_tool) ]] || { usage >&2; die "no such command: $1; ./kilometric build makes more of them"; }
  exec "$(built_tool)" "$@"
}

list_verbs() {
  [[ -x $(built_tool) ]] || return 0
  echo
  "$(built_tool)" help
}

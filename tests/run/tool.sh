# The verbs of the command for the terminal: what is built in tool/ and installed as `kilometric`.

built_tool() { echo "${KILOMETRIC_BUILD:-$root/build}/tool/kilometric"; }

hand_over() {  # <verb> [arguments]
  [[ -x $(built_tool) ]] || { usage >&2; die "no such command: $1; ./kilometric build makes more of them"; }
  look_where_up_keeps
  exec "$(built_tool)" "$@"
}

# What `up` keeps in var/, and its private Redis, are what is looked into, unless a variable says otherwise.
look_where_up_keeps() {
  local socket=$var/redis/redis.sock
  [[ ! -L $var/redis/socket-folder ]] || socket=$(readlink "$var/redis/socket-folder")/redis.sock
  [[ ! -S $socket ]] || export KILOMETRIC_REDIS_URL=${KILOMETRIC_REDIS_URL:-unix://$socket}
  [[ ! -d $var/run ]] || export KILOMETRIC_RUNTIME_DIR=${KILOMETRIC_RUNTIME_DIR:-$var/run}
  [[ ! -d $var/lib ]] || export KILOMETRIC_STATE_DIR=${KILOMETRIC_STATE_DIR:-$var/lib}
}

list_verbs() {
  [[ -x $(built_tool) ]] || return 0
  echo
  "$(built_tool)" help
}

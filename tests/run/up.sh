# ./kilometric up: both daemons, and a private Redis if there is none, in the foreground.

declare -A pids=()  # of what runs: ingestd, readerd, redis
stop_order=(ingestd readerd redis)

command_up() {
  (($# == 0)) || die "up takes no arguments; settings are variables, as in: KILOMETRIC_PORT=4000 ./kilometric up"
  install_for_up
  leave_root up
  own_folder "$var"
  only_one_up
  [[ -n ${KILOMETRIC_BUILD:-} ]] || build_in build false "${programs[@]}"
  trap 'stop_everything; exit "$stop_status"' INT TERM HUP QUIT
  trap stop_everything EXIT
  choose_redis
  start_daemons
  print_lines_to_try
  wait_for_an_end
}

# Holds a lock on var/up.lock, in which our process id stands. Both daemons inherit the lock, so
# that it is free only when they too are gone; the private Redis does not.
only_one_up() {
  local pid
  exec 8<>"$var/up.lock"
  if ! flock -n 8; then
    read -r pid <"$var/up.lock" || pid=
    [[ -z $pid || ! -e /proc/$pid ]] || die "already up in this folder, as process $pid; stop that first: Ctrl-C there, or kill $pid"
    say "what a killed \`up\` started is still stopping; waiting for it"
    flock -w 60 8 || die "it does not stop; look for kilometric-ingestd and kilometric-readerd among the processes"
  fi
  echo $$ >"$var/up.lock"
}

install_for_up() {
  local packages=("${build_packages[@]}" "${up_packages[@]}")
  redis_is_elsewhere || packages+=("$redis_package")
  install_packages "${packages[@]}"
}

redis_is_elsewhere() { redis_is_set || [[ -n $(redis_greeting) ]]; }

redis_is_set() { [[ -n ${KILOMETRIC_REDIS_URL:-} || -f ${CREDENTIALS_DIRECTORY:-/nowhere}/redis-url ]]; }

# What a Redis on the default port answers to PING: "+PONG", "-NOAUTH ..."; nothing when there is none.
redis_greeting() (
  exec 3<>/dev/tcp/localhost/6379
  printf 'PING\r\n' >&3
  IFS= read -r -t 3 answer <&3
  [[ $answer =~ ^(\+PONG|-[A-Z]+\ .*) ]] && echo "${BASH_REMATCH[0]}"
) 2>/dev/null

choose_redis() {
  local greeting
  if redis_is_set; then
    say "using the Redis of KILOMETRIC_REDIS_URL"
    return
  fi
  greeting=$(redis_greeting) || true
  case $greeting in
    "") start_private_redis ;;
    -NOAUTH*) say "using the Redis on localhost:6379, which wants a password:" \
      "stop this and set KILOMETRIC_REDIS_URL=redis://:password@localhost:6379/0" ;;
    *) say "using the Redis on localhost:6379" ;;
  esac
}

start_private_redis() {
  local folder=$var/redis socket
  mkdir -p "$folder"
  chmod 700 "$folder"
  socket=$(private_socket)
  stop_stale_redis "$socket"
  start redis redis-server --port 0 --unixsocket "$socket" --unixsocketperm 700 --dir "$folder" \
    --appendonly yes --appendfsync everysec --save "" --logfile "$folder/redis.log"
  until [[ $(redis-cli -s "$socket" ping 2>/dev/null) == PONG ]]; do
    runs redis || { tail -n 20 "$folder/redis.log" >&2; ended redis; }
    sleep 0.1
  done
  export KILOMETRIC_REDIS_URL=unix://$socket
  say "no Redis on localhost:6379: started a private one, its data in $folder; look into it with: redis-cli -s $socket"
}

# Where its socket lies: in its folder, unless the path is too long for a socket (107 bytes) or holds
# what would need quoting in a URL.
private_socket() {
  local socket=$var/redis/redis.sock link=$var/redis/socket-folder
  if ((${#socket} > 100)) || [[ $socket == *[^A-Za-z0-9/._-]* ]]; then
    [[ -d $link/ && -O $link/ ]] || ln -sfn "$(mktemp -d /tmp/kilometric-redis.XXXXXX)" "$link"
    socket=$(readlink "$link")/redis.sock
    say "the path of this folder suits no socket; that of the private Redis is $socket" >&2
  fi
  echo "$socket"
}

# Left behind by an `up` that was killed (SIGKILL); its data are all there.
stop_stale_redis() {
  local pid
  pid=$(redis-cli -s "$1" info server 2>/dev/null | sed -n 's/^process_id:\([0-9]*\).*/\1/p') || return 0
  [[ -n $pid ]] || return 0
  say "stopping the private Redis that a killed \`up\` has left behind (process $pid)"
  kill "$pid"
  until_gone "$pid" 60 || die "it does not stop; see $var/redis/redis.log"
}

start_daemons() {
  export KILOMETRIC_RUNTIME_DIR=${KILOMETRIC_RUNTIME_DIR:-$var/run}
  export KILOMETRIC_STATE_DIR=${KILOMETRIC_STATE_DIR:-$var/lib}
  mkdir -p "$KILOMETRIC_RUNTIME_DIR" "$KILOMETRIC_STATE_DIR"
  local build=${KILOMETRIC_BUILD:-$root/build}
  start ingestd "$build/${programs[0]}"
  start readerd "$build/${programs[1]}"
  await_answer ingestd "$(url "${KILOMETRIC_PORT:-3000}")"
  await_answer readerd "$(url "${KILOMETRIC_READER_PORT:-3001}")"
  runs ingestd || ended ingestd  # who answered there was somebody else
  runs readerd || ended readerd
}

# start <name> <command...>: in a session of its own, so that the terminal's Ctrl-C reaches this
# script alone, which then stops all in order. If this script is killed, the daemons stop by
# themselves; Redis must not, for they still write to it.
start() {
  local name=$1
  shift
  if [[ $name == redis ]]; then
    setsid "$@" </dev/null >/dev/null 8>&- &
  else
    setsid setpriv --pdeathsig TERM -- env -u KILOMETRIC_BUILD "$@" </dev/null &
  fi
  pids[$name]=$!
}

runs() { kill -0 "${pids[$1]}" 2>/dev/null; }

# Where a listener is reached from here.
host() {
  local address=${KILOMETRIC_BIND:-localhost}
  address=${address%%,*}
  case $address in
    0.0.0.0 | localhost) echo 127.0.0.1 ;;
    ::) echo ::1 ;;
    *) echo "$address" ;;
  esac
}

url() {
  local host
  host=$(host)
  [[ $host != *:* ]] || host="[$host]"
  echo "http://$host:$1"
}

await_answer() {  # <name> <url>
  until curl -gs --noproxy '*' -m 2 -o /dev/null "$2/health"; do
    runs "$1" || ended "$1"
    sleep 0.1
  done
}

print_lines_to_try() {
  cat <<END
kilometric: up, and to be seen at $(url "${KILOMETRIC_READER_PORT:-3001}")/
Try:
  echo 'visits:1|c' | nc -u -q0 $(host) ${KILOMETRIC_UDP_PORT:-8125}
  curl '$(url "${KILOMETRIC_PORT:-3000}")/track?key=visits&value=2'
  curl '$(url "${KILOMETRIC_READER_PORT:-3001}")/read?key=visits&type=counter'  # after the next flush, every ${KILOMETRIC_FLUSH_INTERVAL:-10} s
kilometric: Ctrl-C stops it
END
}

# Nothing ends by itself but by mistake.
wait_for_an_end() {
  local name gone=
  wait -n -p gone "${pids[@]}" || true
  for name in "${!pids[@]}"; do
    [[ ${pids[$name]} != "$gone" ]] || ended "$name"
  done
}

# Reports a process that ended although nobody asked it to, and stops the others.
ended() {
  local status=0 how
  wait "${pids[$1]}" || status=$?
  unset "pids[$1]"
  stop_status=$((status ? status : 1))
  how="ended with status $status; see its message above"
  ((status <= 128)) || how="was killed by signal $((status - 128))"
  say "$1 $how" >&2
  exit "$stop_status"
}

stop_status=0

# In order: ingestd writes its last counts while Redis still runs. Runs once, to its end, also when
# the terminal or the reader of our output is gone.
stop_everything() {
  local name
  trap '' INT TERM HUP QUIT PIPE
  trap - EXIT
  set +e
  ((${#pids[@]})) || return 0
  say "stopping"
  for name in "${stop_order[@]}"; do
    [[ -z ${pids[$name]:-} ]] || stop "$name"
  done
  ((stop_status)) || say "stopped"
}

stop() {
  local pid=${pids[$1]} status
  kill "$pid" 2>/dev/null
  if ! until_gone "$pid" 60; then
    say "$1 (process $pid) does not stop; killing it" >&2
    kill -KILL "$pid"
  fi
  wait "$pid"
  status=$?
  ((status == 0 || status == 128 + 15)) && return  # SIGTERM before it could have a handler
  say "$1 ended with status $status" >&2
  stop_status=1
}

until_gone() {  # <pid> <seconds>
  local tenths
  for ((tenths = $2 * 10; tenths > 0; tenths--)); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  return 1
}

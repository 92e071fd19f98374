# Debian packages: which are needed for what, and how the missing ones are installed.

# "package:command" will also do with a command that came another way.
build_packages=(g++:g++ meson:meson ninja-build:ninja pkg-config:pkg-config libuv1-dev libhiredis-dev
  rapidjson-dev node-llhttp libcli11-dev libxxhash-dev libsystemd-dev libfmt-dev libspdlog-dev
  zlib1g-dev libhowardhinnant-date-dev libpcre2-dev libssl-dev)
up_packages=(curl:curl netcat-openbsd:nc)  # for the three lines to try
redis_package=redis-server:redis-server
test_packages=("$redis_package" "${up_packages[@]}" doctest-dev python3-pytest python3-pytest-xdist python3-statsd
  python3-aiodogstatsd ruby-statsd libnet-statsd-perl clang-format:clang-format
  nodejs:node npm:npm systemd valgrind:valgrind graphite-web gunicorn groff:groff
  chromium chromium-driver python3-selenium)
systemd_test_packages=(python3-pytest debootstrap:debootstrap systemd-container:systemd-nspawn)
faults_packages=(faketime iproute2)
bench_packages=("$redis_package" doctest-dev graphite-web gunicorn)
fuzz_packages=(clang:clang libclang-rt-dev)

# Prints which of these packages are missing, by their names alone.
missing_packages() {
  local entry installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${@%%:*}" 2>/dev/null || true)
  for entry in "$@"; do
    grep -qxF "${entry%%:*} installed" <<<"$installed" && continue
    [[ $entry == *:* ]] && command -v "${entry##*:}" >/dev/null && continue
    echo "${entry%%:*}"
  done
}

install_packages() {
  local missing as_root=() by_hand
  command -v dpkg-query >/dev/null || { say "this is not Debian: taking ${*%%:*} for installed"; return; }
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  by_hand="as root, run:
  apt-get install --no-install-recommends ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "Debian packages are missing, and there is no sudo; $by_hand"
    as_root=(sudo)
  fi
  say "installing from Debian: ${missing[*]}"
  quietly "${as_root[@]}" apt-get -q update || say "apt-get update failed; trying with what apt knows"
  # The lock: a fresh machine may be busy with its first upgrade.
  quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 install "${missing[@]}" || die "apt-get failed; $by_hand"
}

# Root is for packages alone. `sudo ./kilometric` goes on as the user who called it, if the folder is
# that user's: or what it builds and keeps could not be used without sudo later.
leave_root() {  # <this script's arguments>
  ((EUID == 0)) && [[ -n ${SUDO_UID:-} && $(stat -c %u "$root") == "$SUDO_UID" ]] || return 0
  local home
  home=$(getent passwd "$SUDO_UID" | cut -d: -f6)
  exec env -u SUDO_UID HOME="$home" \
    setpriv --reuid "$SUDO_UID" --regid "$SUDO_GID" --init-groups -- "$root/kilometric" "$@"
}

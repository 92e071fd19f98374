#include "ingestd/process/sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/listen.h"
#include "common/log.h"
#include "ingestd/process/handover.h"
#include "ingestd/process/listeners.h"
#include "ingestd/process/unix_socket.h"

namespace kilometric {
namespace {

/// Ten thousand small datagrams: what arrives while a worker is being restarted.
constexpr int kReceiveBufferBytes = 8 * 1024 * 1024;

/// As systemd sets it at boot.
constexpr size_t kLeastUnixQueue = 512;

struct Wanted {
  std::string name;  ///< in systemd's fd store: "udp-0", "http-0"
  const ListenerRow& listener;
  std::string address;  ///< or path
  uint16_t port;
};

std::vector<Wanted> wanted_sockets(const Settings& settings) {
  std::vector<Wanted> wanted;
  for (const ListenerRow& listener : kListeners)
    for (size_t place = 0; place < listener.places(settings); ++place)
      for (unsigned i = 0; i < listener.sockets(settings); ++i) {
        const std::string name = fmt::format("{}-{}", listener.name, i);
        if (listener.is_unix())
          wanted.push_back({name, listener, (settings.*listener.path).string(), 0});
        else
          wanted.push_back({name, listener, settings.bind[place], settings.*listener.port});
      }
  return wanted;
}

struct BoundAddress {
  std::string address;
  uint16_t port = 0;
};

BoundAddress bound_address(int fd) {
  sockaddr_storage bound{};
  socklen_t bytes = sizeof bound - 1;  // behind a path of full length there is a zero still
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &bytes) != 0) return {};
  if (bound.ss_family == AF_UNIX) return {reinterpret_cast<const sockaddr_un&>(bound).sun_path, 0};
  char text[INET6_ADDRSTRLEN] = "";
  uint16_t port = 0;
  if (bound.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(bound);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    port = ntohs(v4.sin_port);
  } else if (bound.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bound);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    port = ntohs(v6.sin6_port);
  }
  return {text, port};
}

bool is_socket(int fd, Protocol protocol) {
  return sd_is_socket(fd, AF_UNSPEC, protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM, -1) > 0;
}

bool is_bound_to(int fd, const Wanted& wanted) {
  const BoundAddress bound = bound_address(fd);
  return bound.address == wanted.address && bound.port == wanted.port &&
         is_socket(fd, wanted.listener.protocol) &&
         (!wanted.listener.is_unix() || is_socket_file(wanted.address));
}

bool is_unix(int fd) { return sd_is_socket(fd, AF_UNIX, 0, -1) > 0; }

/// Of two descriptors.
bool are_one_socket(int a, int b) {
  struct stat one {
  }, other{};
  return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_ino == other.st_ino;
}

/// What systemd hands over, by name.
std::multimap<std::string, int> kept_sockets() {
  std::multimap<std::string, int> kept;
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(1, &names);
  for (int i = 0; i < count; ++i) {
    kept.emplace(names[i], SD_LISTEN_FDS_START + i);
    free(names[i]);
  }
  free(names);
  return kept;
}

void keep(const std::string& name, int fd) {
  sd_pid_notify_with_fds(0, 0, ("FDSTORE=1\nFDNAME=" + name).c_str(), &fd, 1);
}

void forget(const std::string& name) { sd_notify(0, ("FDSTOREREMOVE=1\nFDNAME=" + name).c_str()); }

void enlarge_receive_buffer(int fd) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
}

/// One of `kept`, which is taken out of it; -1 when there is none that fits.
int take(std::multimap<std::string, int>& kept, const Wanted& wanted) {
  const auto [first, last] = kept.equal_range(wanted.name);
  const auto fits =
      std::find_if(first, last, [&](const auto& entry) { return is_bound_to(entry.second, wanted); });
  if (fits == last) return -1;
  const int fd = fits->second;
  kept.erase(fits);
  return fd;
}

int open(const Wanted& wanted, const Settings& settings) {
  if (wanted.listener.is_unix())
    return open_unix_socket(wanted.listener.protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM,
                            wanted.address, settings.socket_mode, wanted.listener.setting);
  const int fd = open_socket(wanted.listener.protocol, wanted.address, wanted.port, wanted.listener.setting);
  if (wanted.listener.protocol == Protocol::udp) enlarge_receive_buffer(fd);
  return fd;
}

bool is_wildcard(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

/// Whether the other cannot be bound while this one is, if they did not share their port.
bool stands_in_the_way(int fd, const Wanted& other) {
  const BoundAddress bound = bound_address(fd);
  return fd >= 0 && is_socket(fd, other.listener.protocol) && bound.port == other.port &&
         (bound.address == other.address || is_wildcard(bound.address) || is_wildcard(other.address));
}

int receive_buffer_bytes(int fd) {
  int granted = 0;
  socklen_t bytes = sizeof granted;
  getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &bytes);
  return granted / 2;  // the kernel doubles what it is asked for, for its own bookkeeping
}

}  // namespace

Sockets::Sockets(const Settings& settings) : settings_(settings) {
  std::multimap<std::string, int> kept = kept_sockets();
  const std::vector<Wanted> all = wanted_sockets(settings);
  for (const Wanted& wanted : all) fds_.push_back(take(kept, wanted));
  kept_ = std::count(fds_.begin(), fds_.end(), -1) == 0;
  check_ports(kept);
  for (size_t i = 0; i < all.size(); ++i)
    if (fds_[i] < 0) fds_[i] = open(all[i], settings);
  for (const auto& [name, fd] : kept) {  // of other settings, or of workers there are no more
    if (std::none_of(fds_.begin(), fds_.end(), [fd = fd](int ours) { return are_one_socket(ours, fd); }))
      give_up(fd);
    forget(name);
    ::close(fd);
  }
  // All of them, as forget() takes every socket of a name away; systemd knows which it has.
  for (size_t i = 0; i < all.size(); ++i) keep(all[i].name, fds_[i]);
}

/// A unix socket's file goes with it, unless it is another's by now.
void Sockets::give_up(int fd) {
  const bool to_unix = is_unix(fd) && !settings_.unix_datagram.empty();
  const int heir = to_unix ? fds_[socket_index(Listener::unix_datagram, settings_, 0, 0)] : first_udp();
  if (is_socket(fd, Protocol::udp)) carried_over_ += carry_over(fd, heir);
  if (!is_unix(fd)) return;
  const std::string path = bound_address(fd).address;
  const auto has = [&](int ours) { return is_unix(ours) && bound_address(ours).address == path; };
  if (is_socket_file(path) && std::none_of(fds_.begin(), fds_.end(), has)) ::unlink(path.c_str());
}

/// Ours share their port with each other, so another program's there would go unnoticed.
void Sockets::check_ports(const std::multimap<std::string, int>& kept) const {
  std::vector<int> ours = fds_;
  for (const auto& [name, fd] : kept) ours.push_back(fd);
  for (const ListenerRow& listener : kListeners)
    for (const std::string& address : settings_.bind) {
      if (listener.is_unix() || listener.sockets(settings_) == 0) continue;
      const Wanted wanted{"", listener, address, settings_.*listener.port};
      if (std::none_of(ours.begin(), ours.end(), [&](int fd) { return stands_in_the_way(fd, wanted); }))
        check_port_free(listener.protocol, address, wanted.port, listener.setting);
    }
}

int Sockets::first_udp() const { return fds_[socket_index(Listener::udp, settings_, 0, 0)]; }

void Sockets::log() const {
  const int granted = receive_buffer_bytes(first_udp());
  log_info("UDP port {} at {}, receive buffer {} KiB each for {} workers{}", settings_.udp_port,
           fmt::join(settings_.bind, " and "), granted / 1024, settings_.workers,
           kept_ ? ", sockets kept over the restart" : "");
  if (carried_over_ > 0)
    log_info("{} datagrams waited for workers there are no more; the others get them", carried_over_);
  if (settings_.tcp_port != 0)
    log_info("TCP port {} at {} for lines", settings_.tcp_port, fmt::join(settings_.bind, " and "));
  if (granted < kReceiveBufferBytes)
    log_warning(
        "the kernel grants {} KiB of receive buffer of the 8192 asked for: bursts may be dropped; "
        "set sysctl net.core.rmem_max=8388608",
        granted / 1024);
  if (!settings_.unix_datagram.empty()) log_unix_datagram();
  if (!settings_.unix_stream.empty())
    log_info("unix stream socket {}, mode {:o}", settings_.unix_stream.string(), settings_.socket_mode);
}

void Sockets::log_unix_datagram() const {
  const size_t queue = unix_queue_datagrams();
  log_info("unix datagram socket {}, mode {:o}, {} datagrams may wait", settings_.unix_datagram.string(),
           settings_.socket_mode, queue);
  if (queue < kLeastUnixQueue)
    log_warning(
        "when {} datagrams wait in the unix socket, senders do, too; set sysctl net.unix.max_dgram_qlen={}",
        queue, kLeastUnixQueue);
}

Sockets::~Sockets() {
  for (const int fd : fds_) ::close(fd);
}

}  // namespace kilometric

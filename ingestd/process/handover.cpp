#include "ingestd/process/handover.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace kilometric {
namespace {

/// More than a queue holds. Without an end, a flow that cannot be ended would hold up the start.
constexpr size_t kMostDatagrams = 65'536;

struct BoundAddress {
  explicit BoundAddress(int fd) { known = getsockname(fd, get(), &bytes) == 0; }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }

  sockaddr_storage storage{};
  socklen_t bytes = sizeof storage;
  bool known;
};

/// Sockets that share a port by SO_REUSEPORT share it until the last holder has closed them, and
/// systemd closes its copy when it gets to it. But a connected one gets only what its peer sends: here
/// that is itself, which sends nothing.
void end_flow(int fd) noexcept {
  BoundAddress own(fd);
  if (own.known)
    static_cast<void>(connect(fd, own.get(), own.bytes));  // else it shares on until systemd closes it
}

/// From a port of its own each time: the kernel spreads datagrams over the workers by their source.
bool send_to(BoundAddress& address, const char* data, size_t bytes) noexcept {
  const int sender = socket(address.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sender < 0) return false;
  const bool sent = sendto(sender, data, bytes, MSG_DONTWAIT, address.get(), address.bytes) >= 0;
  close(sender);
  return sent;
}

}  // namespace

size_t carry_over(int from, int to) noexcept {
  static char datagram[65'536];  // the longest there is
  BoundAddress address(to);
  if (!address.known) return 0;
  end_flow(from);
  size_t sent = 0;
  for (size_t i = 0; i < kMostDatagrams; ++i) {
    const ssize_t bytes = recv(from, datagram, sizeof datagram, MSG_DONTWAIT);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) break;
    sent += send_to(address, datagram, static_cast<size_t>(bytes));
  }
  return sent;
}

}  // namespace kilometric

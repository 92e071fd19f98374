#include "common/listen.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace kilometric {
namespace {

/// As long as the kernel allows (net.core.somaxconn, 4096): a burst waits rather than being refused.
constexpr int kBacklog = 4096;

/// What is bound, and how a failure is told.
struct Place {
  Protocol protocol;
  std::string address;
  uint16_t port;
  const char* setting;

  bool ipv6() const { return address.find(':') != address.npos; }

  [[noreturn]] void fail(int error) const {
    const std::string host = ipv6() ? "[" + address + "]" : address;
    const std::string start = fmt::format("{}={}: {}:{} ", setting, port, host, port);
    switch (error) {
      case EADDRINUSE:
        throw BindError(start + "is already in use; stop the other program or choose another port");
      case EADDRNOTAVAIL:
        throw BindError(start + "is not an address of this machine; set KILOMETRIC_BIND to one that is");
      case EACCES:
        throw BindError(start + "may not be bound by this user; choose a port above 1023");
      case EAFNOSUPPORT:
        throw BindError(start +
                        "cannot be bound: this machine has no IPv6; set KILOMETRIC_BIND to an "
                        "IPv4 address");
      default:
        throw BindError(start + "cannot be bound: " + std::generic_category().message(error));
    }
  }
};

/// A descriptor until it is released.
class Socket {
 public:
  explicit Socket(const Place& place)
      : place_(place),
        fd_(socket(place.ipv6() ? AF_INET6 : AF_INET,
                   (place.protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   0)) {
    if (fd_ < 0) place_.fail(errno);
  }
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void set(int level, int option, int value) {
    if (setsockopt(fd_, level, option, &value, sizeof value) != 0) place_.fail(errno);
  }

  void bind() {
    if (place_.ipv6()) {
      set(IPPROTO_IPV6, IPV6_V6ONLY, 0);
      sockaddr_in6 name{};
      name.sin6_family = AF_INET6;
      name.sin6_port = htons(place_.port);
      bind(AF_INET6, name, name.sin6_addr);
    } else {
      sockaddr_in name{};
      name.sin_family = AF_INET;
      name.sin_port = htons(place_.port);
      bind(AF_INET, name, name.sin_addr);
    }
  }

  void listen() {
    if (::listen(fd_, kBacklog) != 0) place_.fail(errno);
  }

  int release() { return std::exchange(fd_, -1); }

 private:
  template <class Name, class Address>
  void bind(int family, Name& name, Address& address) {
    if (inet_pton(family, place_.address.c_str(), &address) != 1) place_.fail(EADDRNOTAVAIL);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) place_.fail(errno);
  }

  const Place& place_;
  int fd_;
};

}  // namespace

std::vector<std::string> loopback_addresses() {
  std::vector<std::string> found;
  for (const char* address : {"127.0.0.1", "::1"}) {
    try {
      const Place place{Protocol::udp, address, 0, "KILOMETRIC_BIND"};
      Socket(place).bind();
      found.emplace_back(address);
    } catch (const BindError&) {
      // There is no such address: IPv6 is switched off, for one.
    }
  }
  return found.empty() ? std::vector<std::string>{"127.0.0.1"} : found;
}

void check_port_free(Protocol protocol, const std::string& address, uint16_t port, const char* setting) {
  const Place place{protocol, address, port, setting};
  Socket socket(place);
  // What lingers from closed connections is no obstacle; for UDP this option would share the port.
  if (protocol == Protocol::tcp) socket.set(SOL_SOCKET, SO_REUSEADDR, 1);
  socket.bind();
}

int open_socket(Protocol protocol, const std::string& address, uint16_t port, const char* setting) {
  const Place place{protocol, address, port, setting};
  Socket socket(place);
  socket.set(SOL_SOCKET, SO_REUSEPORT, 1);
  if (protocol == Protocol::tcp) socket.set(SOL_SOCKET, SO_REUSEADDR, 1);
  socket.bind();
  if (protocol == Protocol::tcp) socket.listen();
  return socket.release();
}

void allow_many_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace kilometric

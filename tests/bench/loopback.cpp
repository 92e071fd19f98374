#include "tests/bench/loopback.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace bench {
namespace {

const sockaddr* generic(const sockaddr_in& address) { return reinterpret_cast<const sockaddr*>(&address); }

void set_option(int fd, int level, int name, int value) {
  check(setsockopt(fd, level, name, &value, sizeof value), "setsockopt");
}

/// 8 MiB hold ten thousand small datagrams: a fifth of a second at 50,000 a second.
void enlarge_receive_buffer(int fd) {
  const int bytes = 8 << 20;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    set_option(fd, SOL_SOCKET, SO_RCVBUF, bytes);  // not root: up to net.core.rmem_max
  }
}

sockaddr_un address_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

}  // namespace

int check(int result, const std::string& call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

int run_main(const char* name, int (*run)(int argc, char** argv), int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    return 1;
  }
}

sockaddr_in loopback_address(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

std::vector<int> listeners(int type, uint16_t port, int count) {
  std::vector<int> fds;
  for (int i = 0; i < count; ++i) {
    const int fd = check(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (type == SOCK_DGRAM) enlarge_receive_buffer(fd);
    const sockaddr_in address = loopback_address(port);
    check(bind(fd, generic(address), sizeof address), "bind");
    if (type == SOCK_STREAM) check(listen(fd, SOMAXCONN), "listen");
    port = port_of(fd);
    fds.push_back(fd);
  }
  return fds;
}

int connect_to(int type, uint16_t port) {
  const int fd = check(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_in address = loopback_address(port);
  check(connect(fd, generic(address), sizeof address), "connect");
  if (type == SOCK_STREAM) set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  return fd;
}

int listener_at(const std::string& path) {
  const int fd = check(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_un address = address_at(path);
  check(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return fd;
}

int connect_to_path(const std::string& path) {
  const int fd = check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_un address = address_at(path);
  check(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  return fd;
}

}  // namespace bench

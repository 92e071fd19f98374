#include "tool/http/dial.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "tool/failure.h"

namespace kilometric::tool {
namespace {

bool await(int descriptor, short events, std::chrono::milliseconds patience) {
  pollfd entry{descriptor, events, 0};
  return poll(&entry, 1, static_cast<int>(patience.count())) > 0;
}

/// Returns an error number, 0 when it is connected.
int connect_to(const addrinfo& address, int descriptor, std::chrono::milliseconds patience) {
  if (connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!await_writable(descriptor, patience)) return ETIMEDOUT;
  int error = 0;
  socklen_t bytes = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 ? error : errno;
}

}  // namespace

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Socket dial(const Url& url, std::chrono::milliseconds patience) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int error = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found);
  if (error != 0) throw Failure(kUnreachable, url.text() + " is not reachable: " + gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  int last = EADDRNOTAVAIL;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    last = socket.descriptor() < 0 ? errno : connect_to(*address, socket.descriptor(), patience);
    if (last == 0) return socket;
  }
  throw Failure(kUnreachable, url.text() + " is not reachable: " + std::generic_category().message(last) +
                                  "; is kilometric-readerd running? --reader says where it is");
}

bool await_readable(int descriptor, std::chrono::milliseconds patience) {
  return await(descriptor, POLLIN, patience);
}

bool await_writable(int descriptor, std::chrono::milliseconds patience) {
  return await(descriptor, POLLOUT, patience);
}

}  // namespace kilometric::tool

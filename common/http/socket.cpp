#include "common/http/socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "common/socket_address.h"

namespace kilometric {
namespace {

// Lingering: enough for a client that sends a refused body of some size to its end before it reads.
constexpr size_t kLingerBytes = 16 * 1024 * 1024;

}  // namespace

std::string HttpSocket::peer() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getpeername(fd_, reinterpret_cast<sockaddr*>(&address), &size);  // on an error it stays unknown
  return address_text(reinterpret_cast<const sockaddr&>(address));
}

void HttpSocket::linger() {
  lingering_ = true;
  ::shutdown(fd_, SHUT_WR);
}

bool HttpSocket::discard() {
  const Input input = receive();
  discarded_ += input.bytes.size();
  if (input.what == Input::What::nothing) return true;
  return input.what == Input::What::bytes && discarded_ <= kLingerBytes;
}

void HttpSocket::reset_at_close() {
  const struct linger hard { 1, 0 };
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

void HttpSocket::close() {
  if (!open()) return;
  poll_.reset();
  ::close(std::exchange(fd_, -1));
  out_.free();
}

}  // namespace kilometric

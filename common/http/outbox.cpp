#include "common/http/outbox.h"

#include <sys/socket.h>

#include <cerrno>

namespace kilometric {
namespace {

// A client has to take this much of an answer to get more time for the rest of it.
constexpr size_t kProgressBytes = 64 * 1024;

}  // namespace

HttpOutbox::Sent HttpOutbox::send(int fd) {
  if (out_.empty()) return Sent::all;
  const ssize_t sent = ::send(fd, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return Sent::failed;
  if (sent > 0) {
    sent_ += static_cast<size_t>(sent);
    progress_ += static_cast<size_t>(sent);
  }
  const bool more_time = !blocked_ || progress_ >= kProgressBytes;
  if (more_time) progress_ = 0;
  blocked_ = sent_ < out_.size();
  if (blocked_) return more_time ? Sent::much : Sent::little;
  sent_ = 0;
  memory_.give_back(out_);
  return Sent::all;
}

}  // namespace kilometric

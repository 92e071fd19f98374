#include "common/line_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kilometric {
namespace {

/// The same pipe or terminal, opened anew without blocking; -1 where that is not allowed.
int open_anew(int fd) {
  return open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

LineOutput::LineOutput(int fd) : fd_(fd), most_at_once_(PIPE_BUF) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return;
  is_socket_ = S_ISSOCK(status.st_mode);
  if (S_ISREG(status.st_mode)) most_at_once_ = SSIZE_MAX;
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return;
  if (const int anew = open_anew(fd); anew >= 0) {
    fd_ = anew;
    own_ = true;
  }
}

LineOutput::~LineOutput() {
  if (own_) close(fd_);
}

bool LineOutput::write(std::string_view lines) noexcept {
  if (cut_ && write_what_fits("\n") == 0) return false;
  const size_t written = write_what_fits(lines);
  cut_ = written > 0 && written < lines.size();
  return written == lines.size();
}

size_t LineOutput::write_what_fits(std::string_view text) noexcept {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t bytes = write_some(text.substr(written));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) break;
    written += static_cast<size_t>(bytes);
  }
  return written;
}

/// As write(2). When it was not possible to open the pipe anew, its writes may wait: but not after poll(), for
/// up to PIPE_BUF bytes.
ssize_t LineOutput::write_some(std::string_view text) noexcept {
  if (is_socket_) return send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  pollfd output{fd_, POLLOUT, 0};
  if (poll(&output, 1, 0) == 1 && (output.revents & POLLOUT) != 0)
    return ::write(fd_, text.data(), std::min(text.size(), most_at_once_));
  errno = EAGAIN;
  return -1;
}

}  // namespace kilometric

#include "common/http/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kPause{100};

int duplicate(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "HTTP listener");
  return copy;
}

}  // namespace

HttpListener::HttpListener(Loop& loop, int listen_fd, Events events)
    : loop_(loop),
      events_(std::move(events)),
      fd_(duplicate(listen_fd)),
      accept_again_(loop, [this] { poll_->start(UV_READABLE); }) {}

void HttpListener::start() {
  // Accepted sockets inherit it. Answers leave in whole writes: waiting to fill a packet only delays.
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  poll_.emplace(loop_, fd_, [this](int status, int) {
    if (status < 0)
      pause();
    else
      events_.on_waiting(*this);
  });
  poll_->start(UV_READABLE);
}

void HttpListener::accept_waiting(size_t at_most) {
  while (at_most-- > 0 && fd_ >= 0 && accept_one()) {}
}

/// False when none is waiting, or none can be taken now.
bool HttpListener::accept_one() {
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    events_.on_accepted(fd);
    return true;
  }
  if (errno == EAGAIN) return false;
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    pause();
    return false;
  }
  return true;  // that client has gone (ECONNABORTED and others)
}

/// The socket stays readable; without a pause we would spin until a descriptor is free.
void HttpListener::pause() {
  if (!poll_) return;
  poll_->stop();
  accept_again_.start(kPause);
}

void HttpListener::close() {
  accept_again_.stop();
  poll_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace kilometric

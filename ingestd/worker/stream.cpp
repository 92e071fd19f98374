#include "ingestd/worker/stream.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace kilometric {

Stream::Stream(Loop& loop, int fd, Via via, StreamText& text)
    : loop_(loop),
      fd_(fd),
      via_(via),
      text_(text),
      framing_(via == Via::unix_stream),
      last_ms_(uv_now(loop.raw())) {}

Stream::~Stream() {
  poll_.reset();
  ::close(fd_);
}

void Stream::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  poll_.emplace(loop_, fd_, [this](int, int) { on_readable(); });
  poll_->start(UV_READABLE);
}

/// A bounded amount: others have their turn before the next.
void Stream::on_readable() noexcept {
  Piece piece;
  size_t bytes = 0;
  do {
    piece = read();
    bytes += piece.bytes;
  } while (piece.more && bytes < kReceiveBytes);
  if (piece.ended) on_end_();
}

void Stream::take() noexcept { text_.take(via_, {rest_, skipping_}, framing_.left()); }

Stream::Piece Stream::read() noexcept {
  take();
  const size_t wanted = std::min(framing_.wanted(), text_.room());
  const int received = text_.receive(fd_, wanted);
  const int error = errno;
  if (const size_t bytes = text_.received().size(); received == 1 && bytes > 0) {
    last_ms_ = uv_now(loop_.raw());
    const bool goes_on = count();
    return {bytes, goes_on && bytes == wanted, !goes_on};
  }
  if (received < 0 && (error == EAGAIN || error == EINTR)) {
    text_.put_down(!rest_.empty());
    return {};
  }
  end(received == 1 && !framing_.in_messages());
  return {0, false, true};
}

/// False when the stream cannot go on.
bool Stream::count() noexcept {
  const std::string_view received = text_.received();
  const std::string_view length = received.substr(std::min<size_t>(received.size(), framing_.left()));
  const bool goes_on = framing_.took(received);
  if (text_.rejected()) text_.rejected()->stream = fd_;
  const StreamText::Rest rest = text_.count();
  rest_ = std::string(rest.line);
  skipping_ = rest.skipping;
  text_.put_down(!rest_.empty());
  if (!goes_on) reject_length(length);
  return goes_on;
}

/// It says more than is taken. Requires that nothing is in hand.
void Stream::reject_length(std::string_view length) noexcept {
  text_.writer().reject(Outcome::truncated, via_);
  if (Rejected* const rejected = text_.rejected(); rejected && rejected->lines.due(Outcome::truncated))
    rejected->lines.keep(Outcome::truncated, via_, "unknown", length);
}

bool Stream::drain() noexcept {
  int waiting = 0;
  if (ioctl(fd_, FIONREAD, &waiting) != 0) return true;
  while (waiting > 0) {
    const Piece piece = read();
    if (piece.ended) return false;
    if (piece.bytes == 0) break;
    waiting -= static_cast<int>(piece.bytes);
  }
  return true;
}

void Stream::tear() noexcept {
  if (rest_.empty()) return;
  take();
  end(false);
}

/// Requires it in hand, with nothing new. `whole`: so is the last line.
void Stream::end(bool whole) noexcept {
  if (whole) text_.end();
  if (text_.rejected()) text_.rejected()->stream = fd_;
  if (const StreamText::Rest rest = text_.count(); !rest.line.empty()) text_.tear(rest.line);
  text_.put_down(false);
  rest_.clear();
}

}  // namespace kilometric

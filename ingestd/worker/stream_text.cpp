#include "ingestd/worker/stream_text.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

bool is_stream(Via via) noexcept { return std::ranges::count(kStreamVias, via) > 0; }

/// Behind the first line end; behind all when there is none.
size_t behind_line(std::string_view text) noexcept {
  const size_t end = text.find('\n');
  return end == std::string_view::npos ? text.size() : end + 1;
}

Cursor cursor_at(size_t offset) noexcept { return {0, 0, static_cast<uint32_t>(offset)}; }

}  // namespace

void StreamText::set(const StreamsInHand::State& state) noexcept {
  settle();
  crash_point();
  hand().state.store(state, std::memory_order_relaxed);
  settle();
  crash_point();
}

void StreamText::take(Via via, const Rest& carried, uint32_t left) noexcept {
  StreamsInHand::State next = state();
  if (!carried.line.empty()) --next.open[stream_row(via)];
  next.via = via;
  next.carried = static_cast<uint16_t>(carried.line.size());
  next.skipping = carried.skipping ? 1 : 0;
  std::memcpy(file_.buffer(0), carried.line.data(), carried.line.size());
  hand().left.store(left, std::memory_order_relaxed);
  set(next);
}

/// At most what take() lets a connection carry over, whatever the file says.
size_t StreamText::carried() const noexcept { return std::min<size_t>(state().carried, kMostStreamLine); }

size_t StreamText::room() const noexcept { return kReceiveBytes - carried(); }

int StreamText::receive(int fd, size_t bytes) noexcept {
  room_ = {file_.buffer(0) + carried(), bytes};
  msghdr& header = hand().message.msg_hdr;
  header = {};
  header.msg_iov = &room_;
  header.msg_iovlen = 1;
  const int received = recvmmsg(fd, &hand().message, 1, MSG_DONTWAIT, nullptr);
  crash_point();
  return received;
}

std::string_view StreamText::received() const noexcept {
  return {file_.buffer(0) + carried(), std::min<size_t>(hand().message.msg_len, room())};
}

std::string_view StreamText::text() const noexcept {
  const size_t lines = std::min<size_t>(received().size(), hand().left.load(std::memory_order_relaxed));
  return {file_.buffer(0), carried() + lines};
}

bool StreamText::ended() const noexcept {
  return received().size() >= hand().left.load(std::memory_order_relaxed);
}

StreamText::Rest StreamText::count() noexcept {
  const std::string_view text = this->text();
  const bool skipping = state().skipping != 0;
  const size_t begin = skipping ? behind_line(text) : 0;
  const size_t whole = std::max(ended() ? text.size() : text.rfind('\n') + 1, begin);
  Cursor cursor = file_.header().cursor.load(std::memory_order_relaxed);
  cursor.offset = std::max(cursor.offset, static_cast<uint32_t>(begin));
  BatchLines lines(file_, writer_, state().via, rejected_);
  lines.add(text.substr(0, whole), Cursor{0, cursor.samples, cursor.offset});
  lines.count(cursor_at(whole));
  const size_t counted = std::max<size_t>(file_.header().cursor.load(std::memory_order_relaxed).offset, whole);
  const std::string_view rest = text.substr(std::min(counted, text.size()));
  if (rest.size() > kMostStreamLine) {
    lines.reject(rest, Outcome::truncated, cursor_at(text.size()));
    return {{}, true};
  }
  return {rest, skipping && !ended() && begin == text.size() && !text.ends_with('\n')};
}

void StreamText::tear(std::string_view rest) noexcept {
  BatchLines(file_, writer_, state().via, rejected_).reject(rest, Outcome::torn, cursor_at(text().size()));
}

void StreamText::put_down(bool open) noexcept {
  StreamsInHand::State next = state();
  if (open) ++next.open[stream_row(next.via)];
  next.via = Via::udp;
  next.carried = 0;
  next.skipping = 0;
  set(next);
  hand().message.msg_len = 0;
  settle();
  crash_point();
  file_.header().cursor.store({0, 0, 0}, std::memory_order_relaxed);
  settle();
}

/// The text of one unfinished line is here still, and can be shown.
void StreamText::finish() noexcept {
  if (const Via via = state().via; is_stream(via)) {
    const std::string_view rest = count().line;
    if (rejected_ && !rest.empty()) rejected_->lines.keep(Outcome::torn, via, "unknown", rest);
    put_down(!rest.empty());
  }
  for (size_t row = 0; row < std::size(kStreamVias); ++row) tear_open(row);
}

/// Notes what the lines are to come to, and only then gives up what they are made of: doing it again changes
/// nothing.
void StreamText::tear_open(size_t row) noexcept {
  std::atomic<uint64_t>& lines =
      file_.header().lines(static_cast<size_t>(kStreamVias[row]), static_cast<size_t>(Outcome::torn));
  std::atomic<uint64_t>& wanted = hand().torn[row];
  StreamsInHand::State next = state();
  if (wanted.load(std::memory_order_relaxed) == 0) {
    if (next.open[row] == 0) return;
    wanted.store(lines.load(std::memory_order_relaxed) + next.open[row], std::memory_order_relaxed);
    settle();
    crash_point();
  }
  lines.store(wanted.load(std::memory_order_relaxed), std::memory_order_relaxed);
  next.open[row] = 0;
  set(next);
  wanted.store(0, std::memory_order_relaxed);
  settle();
}

}  // namespace kilometric

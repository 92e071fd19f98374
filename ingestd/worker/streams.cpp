#include "ingestd/worker/streams.h"

#include <unistd.h>

#include <exception>

#include "common/clock.h"

namespace kilometric {
namespace {

/// Connections in a row before the loop's other work gets its turn.
constexpr size_t kAcceptAtOnce = 64;

/// A listening socket's queue holds fewer.
constexpr size_t kMostWaiting = 10'000;

constexpr int64_t kStopMs = 1'500;

}  // namespace

Streams::Streams(Loop& loop, WorkerFile& file, SegmentWriter& writer, Rejected& rejected, StreamLimits limits)
    : loop_(loop), file_(file), limits_(limits), text_(file, writer, &rejected) {}

void Streams::finish() noexcept {
  text_.finish();
  for (const Via via : kStreamVias) stats(via).connections.store(0, std::memory_order_relaxed);
}

void Streams::listen(int fd, Via via) {
  listeners_
      .emplace_back(loop_, fd,
                    HttpListener::Events{[](HttpListener& waiting) { waiting.accept_waiting(kAcceptAtOnce); },
                                         [this, via](int accepted) { on_accepted(accepted, via); }})
      .start();
}

void Streams::on_accepted(int fd, Via via) {
  if (streams_.size() >= limits_.connections) {
    ::close(fd);
    bump(stats(via).refused);
    return;
  }
  const auto place = streams_.emplace(streams_.end(), loop_, fd, via, text_);
  bump(stats(via).accepted);
  count_connections(via, 1);
  try {
    place->start([this, place] { close(place); });
  } catch (const std::exception&) {
    close(place);  // the loop cannot watch it
  }
}

void Streams::close(std::list<Stream>::iterator stream) noexcept {
  count_connections(stream->via(), -1);
  stream->tear();
  streams_.erase(stream);
}

void Streams::count_connections(Via via, int more) const noexcept {
  bump(stats(via).connections, static_cast<uint64_t>(more));
}

void Streams::close_silent() noexcept {
  const auto silence = static_cast<uint64_t>(limits_.silence.count());
  for (auto next = streams_.begin(); next != streams_.end();) {
    const auto stream = next++;
    if (stream->last_ms() + silence > uv_now(loop_.raw())) continue;
    bump(stats(stream->via()).silent);
    close(stream);
  }
}

void Streams::stop() noexcept {
  for (HttpListener& listener : listeners_) listener.accept_waiting(kMostWaiting);
  listeners_.clear();
  const int64_t end = awake_ms() + kStopMs;
  for (Stream& stream : streams_)
    if (awake_ms() < end) stream.drain();
  while (!streams_.empty()) close(streams_.begin());
}

}  // namespace kilometric

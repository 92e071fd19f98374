// The connections that carry lines, by TCP or by the unix stream socket: accepts them, as many as there may be,
// and closes those that have been silent for too long.
//
// Owned by a worker, which calls close_silent() now and then, and stop() at its end. A connection beyond the
// limit is closed at once, and counted.
#pragma once

#include <chrono>
#include <list>

#include "common/http/listener.h"
#include "common/uv.h"
#include "ingestd/worker/stream.h"
#include "ingestd/worker/stream_text.h"

namespace kilometric {

struct StreamLimits {
  size_t connections = 10'000;  ///< less than 2^16: see StreamsInHand
  std::chrono::milliseconds silence = std::chrono::hours(1);
};

class Streams {
 public:
  Streams(Loop& loop, WorkerFile& file, SegmentWriter& writer, Rejected& rejected, StreamLimits limits = {});

  /// Counts what a killed predecessor had in hand, which has to be before anything else is received.
  void finish() noexcept;

  /// Takes connections from a listening socket, which stays the caller's.
  void listen(int fd, Via via);

  void close_silent() noexcept;

  /// Takes what is waiting, for a bounded time; then all connections are closed.
  void stop() noexcept;

  size_t size() const noexcept { return streams_.size(); }

 private:
  void on_accepted(int fd, Via via);
  void close(std::list<Stream>::iterator stream) noexcept;
  StreamStats& stats(Via via) const noexcept { return file_.stats().streams[stream_row(via)]; }
  void count_connections(Via via, int more) const noexcept;

  Loop& loop_;
  WorkerFile& file_;
  const StreamLimits limits_;
  StreamText text_;
  std::list<HttpListener> listeners_;
  std::list<Stream> streams_;
};

}  // namespace kilometric

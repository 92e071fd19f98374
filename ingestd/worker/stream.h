// A connection that carries lines. It reads a bounded piece whenever there is something, and has its whole
// lines counted at once; of the last one it keeps what is unfinished. Who sends nothing costs nothing but that.
//
// Owned by ingestd/worker/streams.h, which is told when it has come to its end: the client has closed, or is
// lost, or has sent what cannot be a stream. A last line without a line end is whole when a TCP client closes;
// else it is torn.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/uv.h"
#include "ingestd/worker/framing.h"
#include "ingestd/worker/stream_text.h"

namespace kilometric {

class Stream {
 public:
  /// Owns `fd`: connected and non-blocking.
  Stream(Loop& loop, int fd, Via via, StreamText& text);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Throws when there is no memory for a watcher. `on_end` may destroy this.
  void start(std::function<void()> on_end);

  Via via() const noexcept { return via_; }

  /// When it last read something, by the loop's time.
  uint64_t last_ms() const noexcept { return last_ms_; }

  /// Takes what the socket holds now. False when the stream is at its end.
  bool drain() noexcept;

  /// Counts a line that is unfinished as torn; before any end that is ours.
  void tear() noexcept;

 private:
  struct Piece {
    size_t bytes = 0;    ///< that were read
    bool more = false;   ///< as many as were wanted: there may be more
    bool ended = false;  ///< the stream
  };

  void on_readable() noexcept;
  Piece read() noexcept;
  bool count() noexcept;
  void end(bool whole) noexcept;
  void take() noexcept;
  void reject_length(std::string_view length) noexcept;

  Loop& loop_;
  const int fd_;
  const Via via_;
  StreamText& text_;
  Framing framing_;
  std::function<void()> on_end_;
  std::optional<Poll> poll_;
  std::string rest_;       ///< of a line that is unfinished
  bool skipping_ = false;  ///< the rest of a line that was too long
  uint64_t last_ms_;
};

}  // namespace kilometric

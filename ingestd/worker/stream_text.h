// The text of the one stream that a worker has in hand: what was read of it and is not counted yet. It lies in
// the worker's file (StreamsInHand), into which the kernel itself writes how much it was, so that nothing has
// left the kernel and is not noted there. A killed worker's successor counts it by the same count(), and all
// lines that were unfinished, those of other connections too, as `torn`: the connections have died with the
// worker.
//
//   take()      puts before it what the connection has carried over
//   receive()   by the kernel
//   count()     the lines that are whole; what is left of the last line is the connection's to carry over
//   put_down()
//
// Owned by ingestd/worker/streams.h, used by each of its streams in turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ingestd/count/segment_writer.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/worker/batch_lines.h"

namespace kilometric {

class StreamText {
 public:
  /// What is left of a text when its whole lines are counted.
  struct Rest {
    std::string_view line;  ///< the beginning of one
    bool skipping = false;  ///< or the end of one that was too long is still to come
  };

  StreamText(WorkerFile& file, SegmentWriter& writer, Rejected* rejected)
      : file_(file), writer_(writer), rejected_(rejected) {}

  /// Takes a connection in hand, with what it has carried over. `left`: how many of the bytes to be read are
  /// lines. Requires that no other is in hand.
  void take(Via via, const Rest& carried, uint32_t left) noexcept;

  /// Has the kernel add at most that many bytes; as recvmmsg of one message does. Requires a room() for them.
  int receive(int fd, size_t bytes) noexcept;
  size_t room() const noexcept;

  /// What was received, all of it.
  std::string_view received() const noexcept;

  /// From now on the last line is whole, whether a line end follows or not.
  void end() noexcept { hand().left.store(0, std::memory_order_relaxed); }

  Rest count() noexcept;

  /// Counts what count() has left as `torn`.
  void tear(std::string_view rest) noexcept;

  /// `open`: the connection goes on, and carries over an unfinished line.
  void put_down(bool open) noexcept;

  /// What a killed worker has left.
  void finish() noexcept;

  SegmentWriter& writer() noexcept { return writer_; }
  Rejected* rejected() noexcept { return rejected_; }

 private:
  StreamsInHand& hand() const noexcept { return file_.header().streams; }
  StreamsInHand::State state() const noexcept { return hand().state.load(std::memory_order_relaxed); }
  void set(const StreamsInHand::State& state) noexcept;
  size_t carried() const noexcept;
  std::string_view text() const noexcept;
  bool ended() const noexcept;
  void tear_open(size_t row) noexcept;

  WorkerFile& file_;
  SegmentWriter& writer_;
  Rejected* rejected_;
  iovec room_{};
};

}  // namespace kilometric

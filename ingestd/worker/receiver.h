// Receives datagrams in batches and counts their lines.
//
// recvmmsg fills the receive batch in the worker's file, so that a killed worker's successor can
// finish it: by count_batch, the same function that the living worker runs after each receive.
//
// After a short read the receiver waits a millisecond before it looks again: the socket's queue does
// the batching meanwhile, and nobody waits for a counter. This halves the cost of a datagram and
// more. When nothing came in that time it goes back to waiting on the socket, so an idle worker does
// not wake up.
//
// A unix socket is shared by all workers, and each that waits is woken by each datagram: who wakes up in vain
// waits longer each time before it waits there again, up to a second. Its queue may be short and then holds up
// who sends: when a pause has filled it by half, the next reads go without one.
//
// A worker has a receiver for each address and path, and they share the receive batch: each leaves it empty.
// Some of the lines that are rejected are kept with their sender, for an operator to see.
#pragma once

#include <sys/uio.h>

#include "common/uv.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/worker/batch_lines.h"

namespace kilometric {

/// Counts what the first `datagrams` of the receive batch hold from the cursor on, and leaves it empty.
void count_batch(WorkerFile& file, SegmentWriter& writer, size_t datagrams,
                 Rejected* rejected = nullptr) noexcept;

class Receiver {
 public:
  /// Counts first what a killed predecessor had in hand.
  /// `via`: UDP or a unix datagram socket.
  Receiver(Loop& loop, int fd, Via via, WorkerFile& file, SegmentWriter& writer, Rejected& rejected);

  /// Takes what the socket's queue holds, and no more after that.
  void drain_and_stop() noexcept;

 private:
  size_t receive() noexcept;
  void ask_for_senders(bool ask) noexcept;
  size_t receive_while_full() noexcept;
  void pause(size_t received) noexcept;
  void on_readable() noexcept;
  void on_pause_over() noexcept;

  const int fd_;
  const Via via_;
  const size_t queue_;  ///< datagrams that fill the socket's queue; 0: that is no matter
  WorkerFile& file_;
  SegmentWriter& writer_;
  Rejected& rejected_;
  Poll poll_;
  Timer pause_;
  std::chrono::milliseconds wait_{};  ///< of the last pause
  int hurried_ = 0;                   ///< reads that are to go without a pause
  iovec buffers_[kReceiveDatagrams];
};

}  // namespace kilometric

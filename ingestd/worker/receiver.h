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
// A worker has a receiver for each address, and they share the receive batch: each leaves it empty.
#pragma once

#include <sys/uio.h>

#include "common/uv.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/worker_file.h"

namespace kilometric {

/// Counts what the first `datagrams` of the receive batch hold from the cursor on, and leaves it empty.
void count_batch(WorkerFile& file, SegmentWriter& writer, size_t datagrams) noexcept;

class Receiver {
 public:
  /// Counts first what a killed predecessor had in hand.
  Receiver(Loop& loop, int udp_fd, WorkerFile& file, SegmentWriter& writer);

  /// Takes what the socket's queue holds, and no more after that.
  void drain_and_stop() noexcept;

 private:
  size_t receive() noexcept;
  bool receive_while_full() noexcept;
  void on_readable() noexcept;
  void on_pause_over() noexcept;

  int fd_;
  WorkerFile& file_;
  SegmentWriter& writer_;
  Poll poll_;
  Timer pause_;
  iovec buffers_[kReceiveDatagrams];
};

}  // namespace kilometric

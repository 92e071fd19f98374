// A worker's file: what must outlive the worker when it is killed. `worker-<index>` in the runtime
// folder holds its statistics, the receive batch (the datagrams it has taken from the kernel) with a
// cursor, and the undo log of the lines it is counting (undo_log.h says how a line is counted once).
//
// Who writes: the worker that holds the file's lock, for as long as it lives. Who reads: its
// successor, which gets the lock when the worker is dead, finishes what is there, and goes on in the
// same file; and every worker's /metrics, which reads the statistics.
//
// After a batch the lengths go to zero first, then the cursor: killed in between, the successor finds
// nothing to do. recvmmsg fills the lengths as it goes: killed inside the call, what the kernel gave
// out is still visible here.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "common/metric/kind.h"
#include "ingestd/count/statistics.h"
#include "ingestd/count/undo_log.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

/// 32 datagrams a call make the call's own cost (0.3 us) small beside theirs; each buffer holds the
/// longest datagram there is (65,507 bytes). The stride is not a power of two: buffers that begin at
/// the same place of every page would fight for the same few cache lines.
inline constexpr size_t kReceiveDatagrams = 32;
inline constexpr size_t kReceiveBytes = 65'536;
inline constexpr size_t kReceiveStride = kReceiveBytes + 192;

/// What was read of a stream and is not counted yet: one connection's text, in the first buffer. It begins with
/// what was carried over of the line that the read before had left unfinished. One store of `state` takes a
/// connection in hand, or puts it down; while one is in hand the cursor is of its text.
struct StreamsInHand {
  struct alignas(8) State {
    uint16_t open[std::size(kStreamVias)];  ///< other connections whose last line is unfinished
    uint16_t carried;                       ///< bytes
    Via via;                                ///< of the connection in hand; UDP: there is none
    uint8_t skipping;                       ///< not 0: the text begins within a line that was too long
  };

  std::atomic<State> state;
  std::atomic<uint32_t>
      left;  ///< bytes of the read that are lines; what is behind them is the next message's length
  std::atomic<uint64_t> torn[std::size(kStreamVias)];  ///< what `torn` lines are to come to; 0: nothing to do
  mmsghdr message;  ///< the kernel writes its length; pointers are the living worker's
};
static_assert(std::atomic<StreamsInHand::State>::is_always_lock_free);

struct WorkerHeader {
  static constexpr char kMagic[8] = {'K', 'M', 'W', 'O', 'R', 'K', 'E', 'R'};
  static constexpr uint32_t kVersion = 4;

  char magic[8];
  uint32_t version;
  uint32_t bytes;  ///< of this struct

  alignas(64) UndoLog undo_log;
  alignas(64) std::atomic<Cursor> cursor;
  std::atomic<uint64_t> intervals_unsealed;
  std::atomic<uint64_t> samples[kKinds.size()];  ///< counted, in the order of kKinds
  std::atomic<Via> batch_via;                    ///< by which way the receive batch came
  alignas(64) WorkerStats stats;
  alignas(64) mmsghdr messages[kReceiveDatagrams];  ///< pointers are the living worker's
  /// Of outcomes that came later.
  std::atomic<uint64_t> later_lines[std::size(kViaNames)][kMostLaterOutcomes];
  alignas(64) StreamsInHand streams;

  /// How many lines had this outcome.
  std::atomic<uint64_t>& lines(size_t via, size_t outcome) noexcept {
    return outcome < kFirstOutcomes ? stats.lines[via][outcome] : later_lines[via][outcome - kFirstOutcomes];
  }
  const std::atomic<uint64_t>& lines(size_t via, size_t outcome) const noexcept {
    return outcome < kFirstOutcomes ? stats.lines[via][outcome] : later_lines[via][outcome - kFirstOutcomes];
  }
};

static_assert(offsetof(WorkerHeader, cursor) == 960 && offsetof(WorkerHeader, stats) == 1024 &&
              offsetof(WorkerHeader, later_lines) == 4160 && offsetof(WorkerHeader, streams) == 4480);

class WorkerFile {
 public:
  static std::filesystem::path path(const std::filesystem::path& folder, unsigned index);

  /// Opens or makes the file and waits for its lock. One of version 2 or 3 is taken over; a file that is none
  /// is begun anew.
  static WorkerFile take(const std::filesystem::path& folder, unsigned index);

  /// The file with its lock; an empty object, at once, when somebody else holds the lock, and when there is no
  /// file, or one that cannot be read. It never waits: who has it may live for long.
  static WorkerFile try_take(const std::filesystem::path& folder, unsigned index);

  /// For reading statistics; an empty object while there is no such file.
  static WorkerFile look(const std::filesystem::path& folder, unsigned index) noexcept;

  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  WorkerHeader& header() const noexcept { return *reinterpret_cast<WorkerHeader*>(file_.data()); }
  WorkerStats& stats() const noexcept { return header().stats; }
  char* buffer(size_t datagram) const noexcept {
    return reinterpret_cast<char*>(file_.data()) + kBuffersAt + datagram * kReceiveStride;
  }

  /// Of the receive batch; UDP, whatever else the file says.
  Via batch_via() const noexcept;

  /// The length of a received datagram; never more than its buffer, whatever the file says.
  size_t length(size_t datagram) const noexcept;

 private:
  static constexpr size_t kBuffersAt = (sizeof(WorkerHeader) + kPageBytes - 1) / kPageBytes * kPageBytes;
  static constexpr size_t kFileBytes = kBuffersAt + kReceiveDatagrams * kReceiveStride;

  explicit WorkerFile(MappedFile file) : file_(std::move(file)) {}
  static WorkerFile make(const std::filesystem::path& path, const MappedFile* old = nullptr);
  bool valid() const noexcept;

  MappedFile file_;
};

}  // namespace kilometric

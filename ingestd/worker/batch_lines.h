// The lines of what a worker has in hand, on their way through groups: those of the receive batch, datagram
// after datagram, or those of a stream's text. Both lie in the worker's file, and each group moves the cursor,
// so that a killed worker's successor goes on behind it.
//
// Made for one batch by ingestd/worker/receiver.h and ingestd/worker/stream_text.h. Some of the lines that are
// rejected are kept with their sender, for an operator to see.
#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>

#include "ingestd/count/line_group.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/status/rejected_lines.h"

namespace kilometric {

/// Of a stream; a datagram's may be as long as that.
inline constexpr size_t kMostStreamLine = 8'192;

/// Where rejected lines are kept, and who sent them. The kernel takes 60 ns a datagram to say who that was, so
/// it is asked only for an hour after a line was rejected: the sender of the first one stays unknown.
struct Rejected {
  static constexpr int64_t kAskMs = 3'600'000;

  /// To be called now and then.
  void grow_old(int64_t now_ms) noexcept { wanted &= now_ms - last_ms < kAskMs; }

  RejectedLines& lines;
  sockaddr_in6 senders[kReceiveDatagrams]{};  ///< of the receive batch; of family 0: unknown
  int stream = -1;                            ///< the connection that is in hand
  bool asked = false;
  bool wanted = false;
  int64_t last_ms = 0;  ///< by boot_ms(), when a line was kept
};

class BatchLines {
 public:
  /// `via`: of the batch. `rejected`: nullptr keeps none.
  BatchLines(WorkerFile& file, SegmentWriter& writer, Via via, Rejected* rejected)
      : file_(file), rejected_(rejected), via_(via), spellings_(writer.spellings()), group_(writer, via_) {}

  /// A datagram's lines from the cursor on. A cut datagram's last line is torn and counts as `truncated`.
  void add(Cursor cursor) noexcept;

  /// A stream's lines from the cursor on; one that is too long counts as `truncated`.
  void add(std::string_view text, Cursor cursor) noexcept;

  /// What is no whole line of a stream, as its last.
  void reject(std::string_view text, Outcome outcome, const Cursor& next) noexcept;

  /// Counts what was added; `next`: where the batch goes on behind it.
  void count(const Cursor& next) noexcept;

 private:
  template <bool kChecked>
  void add_lines(std::string_view text, Cursor cursor) noexcept;
  bool is_bad(std::string_view text, size_t end) const noexcept;
  void add_samples(std::string_view text, const Line& line, const Cursor& begin, const Cursor& end) noexcept;
  uint64_t accepted() const noexcept {
    return file_.stats().lines[static_cast<size_t>(via_)][0].load(std::memory_order_relaxed);
  }
  std::string_view text(size_t datagram) const noexcept {
    return {file_.buffer(datagram), file_.length(datagram)};
  }
  void keep(const Line& line) noexcept;
  bool keep(const Line& line, const char* within) noexcept;
  std::string sender(size_t datagram) const;

  WorkerFile& file_;
  Rejected* rejected_;
  Via via_;
  Spellings& spellings_;
  LineGroup group_;
  std::string_view stream_;  ///< the text
};

}  // namespace kilometric

// The undo log: what the counters were before a group of lines was counted. It makes a group one step:
// its lines are counted all or not at all, whatever is killed.
//
// It lies in the worker's file. The worker counts a group like this:
//
//   1. enter    each line's cell with what it holds now; the statistics; the segment; the cursor
//   2. open     from here on the group can be undone
//   3. add      to the counters and the statistics, in place
//   4. commit   the cursor moves behind the group's last line: one store
//   5. close
//
// Killed before 2 it has counted nothing. Killed between 2 and 4, its successor finds the log open and
// the cursor where the group began: it stores the old values and counts the group again, into a
// segment of its own. Killed between 4 and 5 it has counted everything, and the cursor says so. A group
// that came by HTTP has no cursor to move: it is committed by 5.
//
// What a line of another kind than a counter changes beside its count lies in blocks of the segment. The words
// that it will change are noted in the segment's own header (SegmentHeader::undo), as many as a group may need:
// they are undone with the counters, or not at all. Words behind one another are noted as a run: a head, which
// says where the first of them is and how many they are, and what each of them holds.
//
// The old values are absolute, and all are from before the group: storing them again changes nothing
// (a successor may be killed too), and a key that is in the group twice needs no order.
//
// Stores of one thread reach memory in program order as far as a later process can tell (a process dies
// between instructions), so only the compiler must be kept from reordering: that is what `settle` does.
// It costs no instruction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/clock.h"
#include "common/metric/amount.h"
#include "common/metric/kind.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/statistics.h"

namespace kilometric {

struct WorkerHeader;

/// Keeps the compiler from moving stores across.
inline void settle() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// Where in the receive batch the next line begins, and how many samples of that line are counted already. One
/// store moves all three.
struct alignas(8) Cursor {
  uint16_t datagram;
  uint16_t samples;  ///< less than a datagram holds
  uint32_t offset;
  bool operator==(const Cursor&) const = default;
};
static_assert(std::atomic<Cursor>::is_always_lock_free);

struct UndoLog {
  /// Lines in a group. The log's own cost (statistics, segment, cursor) is shared by as many, and
  /// three KiB of log and lines stay in the cache.
  static constexpr size_t kLines = 32;

  struct Entry {
    uint64_t cell;
    uint64_t whole;
    uint64_t millionths;
  };

  std::atomic<uint32_t> is_open;
  uint32_t via;      ///< whose statistics
  uint64_t entries;  ///< samples of the group that are to be counted; the others are in the statistics only
  Cursor cursor;
  Identity segment;
  uint64_t outcomes[kFirstOutcomes];  ///< of the statistics by `via`
  Entry before[kLines];
  uint32_t samples[kKinds.size()];             ///< of the statistics, their last 32 bits: a group adds less
  uint8_t later_outcomes[kMostLaterOutcomes];  ///< as `outcomes`, their last 8 bits

  void enter(size_t entry, uint64_t at, const Cell& cell) noexcept {
    before[entry] = {at, cell.whole.load(std::memory_order_relaxed),
                     cell.millionths.load(std::memory_order_relaxed)};
  }
  void open(size_t entries, uint32_t via, const Identity& segment, const WorkerHeader& header) noexcept;
  void close() noexcept;
};

/// Whether a group was begun and not committed.
bool must_undo(const WorkerHeader& header) noexcept;

// The head of a run: the place of its first word (Segment::place_of), and behind that in 8 bits how many it
// has.
inline constexpr unsigned kUndoRunBits = 8;
inline constexpr uint64_t kUndoRunMask = (uint64_t{1} << kUndoRunBits) - 1;

/// Notes what the group will change. Of a word that is noted twice both times are from before the group.
class UndoWords {
 public:
  explicit UndoWords(Segment& segment) : segment_(&segment), free_(segment.header().undo) {}

  /// A run of kWords words from `first` on. It takes one word more than it has. Requires that there is room for
  /// it: a group has at most SegmentHeader::kUndoWords.
  template <size_t kWords>
  void note(const Word* first) noexcept {
    static_assert(kWords <= kUndoRunMask);
    uint64_t* const run = free_;
    run[0] = segment_->place_of(*first) << kUndoRunBits | kWords;
    std::memcpy(run + 1, static_cast<const void*>(first), kWords * sizeof(Word));  // nobody else writes them
    free_ += 1 + kWords;
  }

  /// When all is noted, and before the group is opened.
  void end() noexcept {
    SegmentHeader& header = segment_->header();
    header.undo_words = static_cast<uint64_t>(free_ - header.undo);
  }

  /// When the group is counted, by boot_ms().
  uint64_t now_ms() noexcept {
    if (now_ms_ == 0) now_ms_ = static_cast<uint64_t>(boot_ms());
    return now_ms_;
  }

 private:
  Segment* segment_;
  uint64_t* free_;
  uint64_t now_ms_ = 0;  ///< asked for once, if at all
};

/// Of the group, if it was counted into this segment. The segment must not be sealed yet.
void undo_counters(const UndoLog& log, const Segment& segment) noexcept;

void undo_statistics(const UndoLog& log, WorkerHeader& header) noexcept;

}  // namespace kilometric

// Lines that are looked up and counted together. The table is far larger than the cache, so a lookup
// asks for its cache lines long before it needs them: for the slot as soon as the line is parsed, for
// the cell a few lines later, when the slot has come.
//
//   Line& line = group.place();   parse into it, then
//   group.add();                  counts the group when it is full
//   group.count();                counts what is left
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "ingestd/segment_writer.h"
#include "ingestd/undo_log.h"

namespace kilometric {

class LineGroup {
 public:
  LineGroup(SegmentWriter& writer, Via via) : writer_(writer), via_(via) {}

  size_t size() const noexcept { return size_; }
  Line& place() noexcept { return lines_[size_].line; }

  /// True when this made the group full.
  bool add() noexcept {
    HashedLine& added = lines_[size_];
    if (added.line.outcome == Outcome::accepted) {
      added.hash = writer_.hash(added.line.key);
      writer_.prefetch(added.hash);
    }
    // A rejected line's hash is an earlier line's, and its prefetch of no use and no harm.
    if (size_ >= kSlotLines) writer_.prefetch_cell(lines_[size_ - kSlotLines].hash);
    return ++size_ == UndoLog::kLines;
  }

  /// Counts the lines, which are then empty places again, and returns them with their outcomes.
  std::span<const HashedLine> count(std::optional<Cursor> next = {}) noexcept {
    const std::span<HashedLine> lines(lines_, size_);
    for (size_t i = size_ - std::min(size_, kSlotLines); i < size_; ++i) writer_.prefetch_cell(lines[i].hash);
    if (size_ > 0) writer_.count(lines, via_, next);
    size_ = 0;
    return lines;
  }

 private:
  static constexpr size_t kSlotLines = 8;  ///< time enough for a slot to come from memory

  SegmentWriter& writer_;
  Via via_;
  size_t size_ = 0;
  HashedLine lines_[UndoLog::kLines]{};
};

}  // namespace kilometric

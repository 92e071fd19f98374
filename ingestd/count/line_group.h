// Lines, or samples of lines, that are looked up and counted together. The table is far larger than the cache,
// so a lookup asks for its cache lines long before it needs them: for the slot as soon as the line is parsed,
// for the cell a few lines later, when the slot has come; and of other kinds than counter in the same way for
// what the cell, and then its blocks, say where it is.
//
//   group.place()   where the next line is to be parsed into, then
//   group.add()     true: the group is full, and to be counted
//   group.count()
#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "ingestd/count/cells.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/undo_log.h"

namespace kilometric {

class LineGroup {
 public:
  LineGroup(SegmentWriter& writer, Via via) : writer_(writer), via_(via) {}
  LineGroup(const LineGroup&) = delete;
  LineGroup& operator=(const LineGroup&) = delete;

  size_t size() const noexcept { return static_cast<size_t>(free_ - lines_); }
  Line& place() noexcept { return *free_; }

  [[gnu::always_inline]] bool add() noexcept {
    return add_by([this](const Line& line) { return writer_.hash(line.kind, line.key); });
  }
  /// The same of a line whose tags were resolved, with its key's hash.
  [[gnu::always_inline]] bool add(uint64_t key_hash) noexcept {
    return add_by([key_hash](const Line& line) { return SegmentWriter::hash(line.kind, key_hash); });
  }

  /// Counts the lines, whose places are then free again, and returns them with their outcomes. `next` as
  /// in SegmentWriter::count.
  std::span<const HashedLine> count(std::optional<Cursor> next = {}) noexcept {
    const std::span<HashedLine> lines(lines_, size());
    for (HashedLine& line : lines.last(std::min(lines.size(), kLinesAhead))) look_up(line);
    if (others_) ask_for_rest(lines);
    if (!lines.empty()) writer_.count(lines, via_, next);
    free_ = lines_;
    others_ = false;
    return lines;
  }

 private:
  static constexpr size_t kLinesAhead = 8;  ///< time enough for a cache line to come from memory

  template <class Hash>
  [[gnu::always_inline]] bool add_by(Hash hash) noexcept {
    HashedLine& added = *free_++;
    if (added.outcome == Outcome::accepted) {
      added.hash = hash(added);
      __builtin_prefetch(writer_.slot(added.hash));
    }
    // A rejected line has the hash of an earlier one: a lookup of no use and no harm.
    if (&added >= lines_ + kLinesAhead) look_up(*(&added - kLinesAhead));
    if (added.kind != Kind::counter) others_ = true;
    if (others_) ask_for_others(size() - 1);
    return free_ == lines_ + UndoLog::kLines;
  }

  void look_up(HashedLine& line) noexcept {
    line.cell = writer_.likely_cell(line.hash);
    __builtin_prefetch(writer_.cell(line.cell), 1);
    __builtin_prefetch(writer_.cell(line.cell + 1));  // the key's, and often in the same line of the cache
    if (line.cell == 0) __builtin_prefetch(writer_.known(line.hash));  // most likely new in this interval
  }

  /// Behind each step of line `at` a further one of lines before it.
  void ask_for_others(size_t at) noexcept {
    if (at >= 2 * kLinesAhead) writer_.ask_for_blocks(lines_[at - 2 * kLinesAhead]);
    if (at >= 3 * kLinesAhead) writer_.ask_for_place(lines_[at - 3 * kLinesAhead]);
  }
  void ask_for_rest(std::span<const HashedLine> lines) noexcept {
    for (const HashedLine& line : lines.last(std::min(lines.size(), 2 * kLinesAhead)))
      writer_.ask_for_blocks(line);
    for (const HashedLine& line : lines.last(std::min(lines.size(), 3 * kLinesAhead)))
      writer_.ask_for_place(line);
  }

  SegmentWriter& writer_;
  Via via_;
  HashedLine lines_[UndoLog::kLines]{};
  HashedLine* free_ = lines_;
  bool others_ = false;  ///< there are other kinds than counters among them
};

}  // namespace kilometric

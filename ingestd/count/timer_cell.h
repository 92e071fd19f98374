// What a timer's key holds in a segment beside its count: see cells.h, which calls this.
//
//   block    sum 16 bytes, squares 8, minimum 8, maximum 8; where the samples are, 8; the first 8 samples, 2
//   each
//
// Few samples are a list of bins' numbers of two bytes each, as long as each of them counts as one: the first
// eight in the block, up to 32 in another one, up to 128 in four in a row; it is copied when it grows. The
// key's count says how many they are. More samples, and others, are counted in rows (bin_rows.h): Cell::form is
// 1 then, and the timer has another block, with the first directory of rows behind it.
//
// What is copied is written whole, and one store of eight bytes puts it in place. What a list holds behind its
// count says nothing, so only words of the block and of rows are noted to be undone.
//
// What is read may be noise: a block or a bin that there is not counts for nothing.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/metric/timer.h"
#include "ingestd/count/hashed_line.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/undo_log.h"

namespace kilometric {

class BinRows;

class TimerCell {
 public:
  /// Two runs, and one when a listed sample's bin comes into a row.
  static constexpr size_t kUndoWords = 10;

  TimerCell(Segment& segment, uint64_t at) noexcept : segment_(segment), cell_(segment.cell(at)) {}

  bool prepare(HashedLine& sample, UndoWords& undo) noexcept;
  void apply(const HashedLine& sample) noexcept;

  /// For ask_for_blocks(): where it is looked up what counts the sample; and for ask_for_place(): what counts
  /// it. nullptr when there is nothing to be asked for.
  static const Word* place_of_row(const Segment& segment, const HashedLine& sample) noexcept;
  static const Word* place_of_bin(const Segment& segment, const HashedLine& sample) noexcept;

  static Timings delta(const Segment& segment, uint64_t at);

 private:
  bool make_block() noexcept;
  bool make_place(HashedLine& sample, UndoWords& undo) noexcept;
  bool append(int16_t bin) noexcept;
  Word* make_row(BinRows rows, int16_t bin) noexcept;
  bool make_rows(UndoWords& undo) noexcept;

  Segment& segment_;
  Cell& cell_;
};

}  // namespace kilometric

// What differs between kinds in a segment, and all of it: how a sample changes a cell, and what the cell holds
// then. The count in the cell itself is the same for all kinds; the others have blocks beside it, and a file
// each, <kind>_cell.h, with the functions that are chosen from here:
//
//   kUndoWords   the most words that a sample's notes take, see UndoWords
//   prepare()    before the group is opened: makes room for the sample and notes each word that apply() will
//                change. It may write what no reader looks at yet, and end in one store that changes nothing
//                that a cell says: the worker may be killed anywhere. False: there is no room.
//   apply()      changes these words, and no others
//   delta()      what the cell says. Its blocks are read as the dead have left them: bounds first.
//
// A group has up to UndoLog::kLines samples, and all of them may be of one key: prepare() is called for each of
// them before the first apply(). So who needs room behind the last word makes it when the group comes first to
// the key, for as many.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/metric/kind.h"
#include "ingestd/count/event_cell.h"
#include "ingestd/count/gauge_cell.h"
#include "ingestd/count/hashed_line.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/set_cell.h"
#include "ingestd/count/timer_cell.h"
#include "ingestd/count/undo_log.h"

namespace kilometric {

static_assert(std::max({gauge_cell::kUndoWords, TimerCell::kUndoWords, set_cell::kUndoWords,
                        event_cell::kUndoWords}) *
                  UndoLog::kLines <=
              SegmentHeader::kUndoWords);

/// Ask the memory for what prepare() will look at, of a sample whose cell is most likely where HashedLine::cell
/// says: once that has come, for its blocks; and once they have, for what only they can say where it is. What a
/// sample waits for comes while other lines are read.
void ask_for_blocks(const Segment& segment, const HashedLine& sample) noexcept;
void ask_for_place(const Segment& segment, const HashedLine& sample) noexcept;

/// Requires a kind other than counter, here and below. `at`: the key's first cell.
inline bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept {
  switch (sample.kind) {
    case Kind::gauge:
      return gauge_cell::prepare(segment, at, sample, undo);
    case Kind::timer:
      return TimerCell(segment, at).prepare(sample, undo);
    case Kind::set:
      return set_cell::prepare(segment, at, sample, undo);
    case Kind::event:
      return event_cell::prepare(segment, at, sample, undo);
    default:
      return false;
  }
}

inline void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept {
  switch (sample.kind) {
    case Kind::gauge:
      return gauge_cell::apply(segment, at, sample);
    case Kind::timer:
      return TimerCell(segment, at).apply(sample);
    case Kind::set:
      return set_cell::apply(segment, at, sample);
    default:
      break;
  }
}

/// Of any kind.
Delta delta_of(const Segment& segment, uint64_t at);

}  // namespace kilometric

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
#include <span>

#include "common/metric/kind.h"
#include "ingestd/count/gauge_cell.h"
#include "ingestd/count/hashed_line.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/set_cell.h"
#include "ingestd/count/timer_cell.h"
#include "ingestd/count/undo_log.h"

namespace kilometric {

static_assert(std::max({gauge_cell::kUndoWords, TimerCell::kUndoWords, set_cell::kUndoWords}) *
                  UndoLog::kLines <=
              SegmentHeader::kUndoWords);

/// Asks the memory for what prepare() will look at of these samples, whose cells are most likely where
/// HashedLine::cell says. All of them at once: what a sample waits for comes while others are looked at.
void ask_for_blocks(const Segment& segment, std::span<const HashedLine> samples) noexcept;

/// Requires a kind other than counter, here and below. `at`: the key's first cell.
bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept;
void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept;

/// Of any kind.
Delta delta_of(const Segment& segment, uint64_t at);

}  // namespace kilometric

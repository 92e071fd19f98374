// An event in a segment: a cell of its own, whose key is no name (common/metric/event.h), and blocks in a row:
//
//   when it came, in ms since boot, 8 bytes; how many bytes the line has, 8; the line as it was sent
//
// All of it is written before the group is opened, where nobody looks as long as the cell's count is 0;
// counting it makes it 1. So an event of a group that is undone was never there, and nothing of its blocks is
// to be undone.
//
// Called by way of ingestd/count/cells.h, whose promises hold here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/metric/event.h"
#include "ingestd/count/hashed_line.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/undo_log.h"

namespace kilometric::event_cell {

inline constexpr size_t kUndoWords = 0;

/// Requires a cell that was made for this event.
bool prepare(Segment& segment, uint64_t at, const HashedLine& sample, UndoWords& undo) noexcept;
/// Nothing when it was not counted.
Event delta(const Segment& segment, uint64_t at);

}  // namespace kilometric::event_cell

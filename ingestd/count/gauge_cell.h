// A gauge in a segment: two blocks beside the count of its samples. What they hold is a Gauge (see
// common/metric/gauge.h), whose times are ms since boot:
//
//   block 1   last, what was added (16 bytes each), at, count, sum (16)
//   block 2   min, max (16 bytes each); 32 bytes are not used
//
// Blocks that are zero say nothing, so a gauge that has none yet, or was undone, is in no batch. Called by way
// of ingestd/count/cells.h, whose promises hold here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/metric/gauge.h"
#include "ingestd/count/hashed_line.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/undo_log.h"

namespace kilometric::gauge_cell {

inline constexpr size_t kUndoWords = 13;  ///< a run of twelve

bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept;
void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept;
Gauge delta(const Segment& segment, uint64_t at) noexcept;

}  // namespace kilometric::gauge_cell

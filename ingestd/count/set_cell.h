// A set in a segment: its members' tokens (common/metric/member_token.h) in a list that grows by being copied
// into more blocks; above 256 of them 4,096 registers instead. Which of these the cell has says Cell::form:
//
//   form     blocks
//   0 to 4   1, 2, 4, 8, 16    a list of at most 10, 22, 46, 94, 190 tokens
//   5        27                a list of at most 302; it holds 256 and what one more group of samples brings
//   6        64                registers, a byte each
//
// A list, in one row of blocks: how many of its tokens count, 4 bytes; how many are written, 4 bytes; the
// tokens, 4 bytes each, in the order they came; slots of a byte each, 16 with form 0 and twice as many with
// each further one, by which a token is found. A slot holds 0, or where a token of its place stands in the
// list, modulo 255, plus one.
//
// A sample of a member that is there changes nothing. A new member's token is written by prepare(), behind
// those that count, where no reader looks; apply() counts it. So only the list's first word is to be undone, or
// the word of a register. Lists and registers are made whole, and then the cell is pointed at them: one store.
//
// Called by ingestd/count/cells.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/metric/set.h"
#include "ingestd/count/hashed_line.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/undo_log.h"

namespace kilometric::set_cell {

inline constexpr size_t kUndoWords = 2;

bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept;
void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept;
/// For ask_for_blocks() and ask_for_place(): where prepare() will look for the sample's member, first and then.
const void* place_of_slot(const Segment& segment, const HashedLine& sample) noexcept;
const void* place_of_token(const Segment& segment, const HashedLine& sample) noexcept;
Set delta(const Segment& segment, uint64_t at);

}  // namespace kilometric::set_cell

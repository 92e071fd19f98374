#include "ingestd/count/cells.h"

namespace kilometric {

void ask_for_blocks(const Segment& segment, const HashedLine& sample) noexcept {
  const Block* const blocks = segment.own_blocks(segment.cell(sample.cell).block);
  __builtin_prefetch(blocks, 1);
  if (sample.kind == Kind::gauge) __builtin_prefetch(blocks + 1, 1);
  if (sample.kind == Kind::timer) __builtin_prefetch(TimerCell::place_of_row(segment, sample));
  if (sample.kind == Kind::set) __builtin_prefetch(set_cell::place_of_slot(segment, sample), 1);
}

void ask_for_place(const Segment& segment, const HashedLine& sample) noexcept {
  if (sample.kind == Kind::timer) __builtin_prefetch(TimerCell::place_of_bin(segment, sample), 1);
  if (sample.kind == Kind::set) __builtin_prefetch(set_cell::place_of_token(segment, sample));
}

Delta delta_of(const Segment& segment, uint64_t at) {
  const Cell& cell = segment.cell(at);
  switch (kind_of(cell.kind).value_or(Kind::counter)) {
    case Kind::gauge:
      return gauge_cell::delta(segment, at);
    case Kind::timer:
      return TimerCell::delta(segment, at);
    case Kind::set:
      return set_cell::delta(segment, at);
    case Kind::event:
      return event_cell::delta(segment, at);
    default:
      return Counter{cell.count()};
  }
}

}  // namespace kilometric

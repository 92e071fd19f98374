#include "ingestd/count/cells.h"

namespace kilometric {

void ask_for_blocks(const Segment& segment, std::span<const HashedLine> samples) noexcept {
  for (const HashedLine& sample : samples) {
    const Cell& cell = segment.cell(sample.cell);
    const Block* const blocks = segment.own_blocks(cell.block);
    __builtin_prefetch(blocks, 1);
    if (sample.kind == Kind::gauge) __builtin_prefetch(blocks + 1, 1);
    if (sample.kind == Kind::timer) __builtin_prefetch(TimerCell::place_of_row(segment, sample));
    if (sample.kind == Kind::set) __builtin_prefetch(set_cell::place_of(segment, sample), 1);
  }
  for (const HashedLine& sample : samples)
    if (sample.kind == Kind::timer) __builtin_prefetch(TimerCell::place_of_bin(segment, sample), 1);
}

bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept {
  switch (sample.kind) {
    case Kind::gauge:
      return gauge_cell::prepare(segment, at, sample, undo);
    case Kind::timer:
      return TimerCell(segment, at).prepare(sample, undo);
    case Kind::set:
      return set_cell::prepare(segment, at, sample, undo);
    default:
      return false;
  }
}

void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept {
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

Delta delta_of(const Segment& segment, uint64_t at) {
  const Cell& cell = segment.cell(at);
  switch (kind_of(cell.kind).value_or(Kind::counter)) {
    case Kind::gauge:
      return gauge_cell::delta(segment, at);
    case Kind::timer:
      return TimerCell::delta(segment, at);
    case Kind::set:
      return set_cell::delta(segment, at);
    default:
      return Counter{cell.count()};
  }
}

}  // namespace kilometric

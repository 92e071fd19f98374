#include "ingestd/count/cells.h"

namespace kilometric {

bool prepare(Segment&, uint64_t, HashedLine& sample, UndoWords&) noexcept {
  switch (sample.kind) {
    default:
      return false;
  }
}

void apply(Segment&, uint64_t, const HashedLine& sample) noexcept {
  switch (sample.kind) {
    default:
      break;
  }
}

Delta delta_of(const Segment& segment, uint64_t at) {
  const Cell& cell = segment.cell(at);
  switch (kind_of(cell.kind).value_or(Kind::counter)) {
    default:
      return Counter{cell.count()};
  }
}

}  // namespace kilometric

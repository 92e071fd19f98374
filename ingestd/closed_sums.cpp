#include "ingestd/closed_sums.h"

#include <utility>

namespace kilometric {

std::optional<IdRange> closed_range(uint64_t step, std::optional<uint64_t> tier_top, uint64_t last) {
  const std::optional<uint64_t> begin = tier_top ? next_start(step, *tier_top) : 0;
  const uint64_t end = floor_to(step, last);
  if (!begin || *begin >= end) return std::nullopt;
  return IdRange{{*begin, 0}, {last, kMostSequence}};
}

void ClosedSums::add(const Page& page) {
  for (const Entry& entry : page.entries) {
    const uint64_t start = floor_to(step_, entry.id.ms);
    if (open_ && open_->start != start) ready_.push_back(*std::exchange(open_, std::nullopt));
    if (!open_) open_ = ClosedSum{start, {}};
    open_->sum += entry.count;
  }
}

}  // namespace kilometric

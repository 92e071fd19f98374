#include "ingestd/tiers/rollup.h"

#include <utility>

namespace kilometric {

std::optional<IdRange> closed_range(uint64_t step, std::optional<uint64_t> tier_top, uint64_t last) {
  const std::optional<uint64_t> begin = tier_top ? next_start(step, *tier_top) : 0;
  const uint64_t end = floor_to(Step{step}, last);
  if (!begin || *begin >= end) return std::nullopt;
  return IdRange{{*begin, 0}, {last, kMostSequence}};
}

void Rollup::add(const Page& page) {
  for (const Entry& entry : page.entries) {
    close_before(entry.id.ms);
    if (open_)
      open_->sum.then(entry.delta);
    else
      open_ = ClosedSum{floor_to(Step{step_}, entry.id.ms), entry.delta};
  }
}

void Rollup::close_before(uint64_t ms) {
  if (open_ && open_->start != floor_to(Step{step_}, ms)) ready_.push_back(*std::exchange(open_, std::nullopt));
}

}  // namespace kilometric

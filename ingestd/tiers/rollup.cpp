#include "ingestd/tiers/rollup.h"

#include <utility>

#include "common/redis/layout.h"

namespace kilometric {

std::optional<IdRange> closed_range(uint64_t step, std::optional<uint64_t> tier_top, uint64_t last) {
  const std::optional<uint64_t> begin = tier_top ? next_start(step, *tier_top) : 0;
  const uint64_t end = floor_to(Step{step}, last);
  if (!begin || *begin >= end) return std::nullopt;
  return IdRange{{*begin, 0}, {last, kMostSequence}};
}

void Rollup::add(Page page) {
  for (Entry& entry : page.entries) {
    if (entry.id.ms < from_) continue;
    close_before(entry.id.ms);
    last_.resolve(entry.delta, latest_in(entry.id.ms));
    if (open_)
      open_->sum.then(entry.delta);
    else
      open_ = ClosedSum{floor_to(Step{step_}, entry.id.ms), std::move(entry.delta)};
  }
}

/// What a raw entry holds has happened before it. An hour's entry, of which days are made, lies at its start.
uint64_t Rollup::latest_in(uint64_t ms) const { return step_ == layout::kHourMs ? ms : kMostMs; }

void Rollup::close_before(uint64_t ms) {
  if (open_ && open_->start != floor_to(Step{step_}, ms)) ready_.push_back(*std::exchange(open_, std::nullopt));
}

}  // namespace kilometric

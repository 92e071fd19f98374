#include "readerd/buckets.h"

namespace kilometric {

Buckets::Buckets(std::optional<uint64_t> period_ms, BucketBudget& budget)
    : period_ms_(period_ms), budget_(budget) {}

Buckets::~Buckets() { budget_.left += buckets_.size(); }

uint64_t Buckets::start_of(uint64_t ms) const {
  if (period_ms_) return ms - ms % *period_ms_;
  return buckets_.empty() ? ms : buckets_.front().from;
}

Buckets::Added Buckets::add(const Entry& entry) {
  const uint64_t start = start_of(entry.id.ms);
  if (!buckets_.empty() && buckets_.back().from == start) {
    buckets_.back().to = entry.id.ms;
    buckets_.back().value += entry.count;
    return Added::yes;
  }
  if (buckets_.size() == kMost) return Added::too_many;
  if (budget_.left == 0) return Added::no_room;
  buckets_.push_back({start, entry.id.ms, entry.count});
  --budget_.left;
  return Added::yes;
}

}  // namespace kilometric

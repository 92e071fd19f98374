#include "ingestd/tiers/packed_hours.h"

#include <utility>

#include "common/clock.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr Step kHour{layout::kHourMs};
constexpr uint64_t kSecondMs = 1000;

}  // namespace

void PackedHours::add(const Page& page) {
  if (points_.empty()) points_.reserve(page.entries.size());
  for (const Entry& entry : page.entries)
    if (entry.id.ms >= from_) add(entry);
}

void PackedHours::add(const Entry& entry) {
  close_before(entry.id.ms);
  if (points_.empty()) {
    start_ = floor_to(kHour, entry.id.ms);
    before_ = last_;
  }
  if (!needs_before(kind_)) return put(entry.id.ms, entry.delta);
  Delta resolved = entry.delta;
  last_.resolve(resolved, entry.id.ms);
  put(entry.id.ms, by_second_ ? resolved : entry.delta);
}

/// A point of its own, where each entry is one; else what the entries of its minute, or second, add up to.
void PackedHours::put(uint64_t ms, const Delta& delta) {
  const uint64_t step = by_second_ ? kSecondMs : point_step(kind_);
  const uint64_t at = step == 1 ? ms : floor_to(Step{step}, ms);  // a division takes as long as all else here
  if (step > 1 && !points_.empty() && points_.back().ms == at) return points_.back().delta.then(delta);
  if (points_.size() == kMostPoints) {
    merge_by_second();
    return put(ms, needs_before(kind_) ? *last_.delta() : delta);
  }
  points_.push_back({at, delta});
}

void PackedHours::merge_by_second() {
  by_second_ = true;
  for (Point& point : std::exchange(points_, {})) {
    before_.resolve(point.delta, point.ms);
    put(point.ms, point.delta);
  }
}

void PackedHours::close_before(uint64_t ms) {
  if (points_.empty() || start_ == floor_to(kHour, ms)) return;
  ready_.push_back({start_, pack(kind_, start_, points_), by_second_});
  points_.clear();
  by_second_ = false;
}

}  // namespace kilometric

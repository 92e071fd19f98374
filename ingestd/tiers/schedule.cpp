#include "ingestd/tiers/schedule.h"

#include <algorithm>

#include "common/clock.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr std::chrono::minutes kLeastAgain{1}, kMostAgain{60};

}  // namespace

Schedule::Schedule(std::chrono::milliseconds interval)
    : interval_(static_cast<uint64_t>(interval.count())), again_(kLeastAgain, kMostAgain) {}

bool Schedule::is_due(uint64_t now) const { return now >= due_ || now + layout::kHourMs < began_; }

void Schedule::end(uint64_t now, bool again) {
  const uint64_t spread = random_() % (2 * interval_ + 1);
  due_ = floor_to(Step{layout::kHourMs}, began_) + layout::kHourMs + 2 * interval_ + spread;
  if (again)
    due_ = std::min(due_, now + static_cast<uint64_t>(again_.next().count()));
  else
    again_.reset();
}

}  // namespace kilometric

#include "ingestd/tiers/schedule.h"

#include <algorithm>
#include <limits>

#include "common/clock.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr std::chrono::minutes kLeastAgain{1}, kMostAgain{60};
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kSoonMs = 10'000;  ///< whoever writes a key's history has a while to end
constexpr uint64_t kRests = 20;       ///< so many times as long as the pass took

/// Days that begin at 01:00.
uint64_t day_of(uint64_t ms) { return floor_to(Step{layout::kDayMs}, ms - std::min(ms, layout::kHourMs)); }

}  // namespace

Schedule::Schedule(std::chrono::milliseconds interval)
    : interval_(static_cast<uint64_t>(interval.count())), again_(kLeastAgain, kMostAgain) {}

void Schedule::begin_at_once() {
  due_ = 0;
  all_days_ = false;
  asked_on_.reset();
}

void Schedule::begin_soon(uint64_t now) {
  wanted_ = std::min(wanted_.value_or(kNever), std::max(now + kSoonMs, rest_until_));
}

void Schedule::begin(uint64_t now) {
  began_ = now;
  wanted_.reset();
  all_days_ = asked_on_ != day_of(now);
}

bool Schedule::is_due(uint64_t now) const { return now >= due() || now + layout::kHourMs < began_; }

void Schedule::end(uint64_t now, bool again) {
  const uint64_t spread = random_() % (2 * interval_ + 1);
  due_ = floor_to(Step{layout::kHourMs}, began_) + layout::kHourMs + 2 * interval_ + spread;
  if (again) {
    due_ = std::min(due_, now + static_cast<uint64_t>(again_.next().count()));
    asked_on_.reset();
  } else {
    again_.reset();
    if (all_days_) asked_on_ = day_of(began_);
  }
  rest_until_ = now + kRests * (now - std::min(now, began_));
  if (wanted_) wanted_ = std::max(*wanted_, rest_until_);
}

}  // namespace kilometric

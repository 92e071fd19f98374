#include "common/metric/last_value.h"

namespace kilometric {

namespace {

/// The last batch before a stop may have an ID that is an interval older than what is in it.
constexpr uint64_t kLongestIntervalMs = 3'600'000;

}  // namespace

void LastValue::resolve(Delta& entry, uint64_t ms) {
  if (!needs_before(entry.kind())) return;
  if (!before_) before_ = Gauge{};
  entry.resolve(*before_, ms > UINT64_MAX - kLongestIntervalMs ? UINT64_MAX : ms + kLongestIntervalMs);
  before_ = entry;
}

}  // namespace kilometric

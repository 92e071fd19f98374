#include "ingestd/tiers/retention.h"

#include <algorithm>

#include "common/redis/layout.h"
#include "ingestd/tiers/rollup.h"

namespace kilometric {
namespace {

using Age = std::optional<std::chrono::hours>;

Age longer(const Age& one, const Age& other) { return one && other ? std::max(one, other) : std::nullopt; }

const Age& raw_age(const Settings& settings, Kind kind) {
  switch (kind) {
    case Kind::timer:
      return settings.retention_raw_timers;
    case Kind::set:
      return settings.retention_raw_sets;
    default:
      return settings.retention_raw;
  }
}

/// The start of the hour (day) that was `age` ago; 0 when that was before all time, or `age` is for ever.
uint64_t past(uint64_t step, uint64_t now, const Age& age) {
  if (!age) return 0;
  const auto ms = static_cast<uint64_t>(std::chrono::milliseconds(*age).count());
  return now < ms ? 0 : floor_to(Step{step}, now - ms);
}

/// Up to where a tier has what the finer stream holds.
uint64_t reach(uint64_t step, std::optional<uint64_t> top) {
  return top ? next_start(step, *top).value_or(kMostMs) : 0;
}

}  // namespace

Boundaries keep_last(Boundaries below, std::optional<uint64_t> raw_top, std::optional<uint64_t> hour_top,
                     std::optional<uint64_t> day_top) {
  const bool ends = !raw_top || *raw_top < below.day;
  if (ends) return below;
  return {.raw = std::min(below.raw, reach(layout::kHourMs, hour_top)),
          .hour = std::min(below.hour, hour_top.value_or(0)),
          .day = std::min(below.day, day_top.value_or(0))};
}

Retention::Retention(const Settings& settings, Kind kind)
    : raw_(raw_age(settings, kind)),
      hour_(longer(raw_, settings.retention_hour)),
      day_(longer(hour_, settings.retention_day)) {}

Boundaries Retention::boundaries(uint64_t now, std::optional<uint64_t> hour_top,
                                 std::optional<uint64_t> day_top) const {
  using layout::kDayMs, layout::kHourMs;
  const uint64_t forgotten = past(kDayMs, now, day_);
  return {.raw = std::min(past(kHourMs, now, raw_), std::max(reach(kHourMs, hour_top), forgotten)),
          .hour = std::min(past(kDayMs, now, hour_), std::max(reach(kDayMs, day_top), forgotten)),
          .day = forgotten};
}

Retentions::Retentions(const Settings& settings) {
  for (const KindText& text : kKinds) rows_.emplace_back(settings, text.kind);
}

}  // namespace kilometric

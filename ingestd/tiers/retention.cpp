#include "ingestd/tiers/retention.h"

#include <algorithm>

#include "common/redis/layout.h"
#include "ingestd/tiers/rollup.h"

namespace kilometric {
namespace {

using Age = std::optional<std::chrono::hours>;

Age longer(const Age& one, const Age& other) { return one && other ? std::max(one, other) : std::nullopt; }

Age shorter(const Age& one, const Age& other) {
  return one && other ? std::min(one, other) : one ? one : other;
}

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

/// Up to where hours may be removed so that what is packed from `ms` on has one to build on.
uint64_t base_of(uint64_t ms) { return floor_to(Step{layout::kDayMs}, ms - std::min(ms, layout::kHourMs)); }

/// Of the hours, where the raw stream keeps what it holds. Without it they would be made anew in every turn.
uint64_t top_to_keep(const Tops& tops) { return tops.points ? kMostMs : tops.hour.value_or(kMostMs); }

}  // namespace

Boundaries keep_last(Boundaries below, std::optional<uint64_t> raw_top, const Tops& tops) {
  const bool ends = !raw_top || *raw_top < below.day;
  if (ends) return below;
  below.raw = std::min(below.raw, reach(layout::kHourMs, tops.hour));
  below.hour = std::min(below.hour, tops.hour.value_or(0));
  if (tops.points) below.hour = std::min(below.hour, base_of(below.points));
  below.day = std::min(below.day, tops.day.value_or(0));
  return below;
}

Retention::Retention(const Settings& settings, Kind kind)
    : raw_(raw_age(settings, kind)),
      hour_(longer(raw_, settings.retention_hour)),
      day_(longer(hour_, settings.retention_day)),
      points_(longer(raw_, shorter(settings.retention_points, day_))) {}

Boundaries Retention::boundaries(uint64_t now, const Tops& tops) const {
  using layout::kDayMs, layout::kHourMs;
  const uint64_t forgotten = past(kDayMs, now, day_);
  const uint64_t closed = std::min(reach(kHourMs, tops.hour), reach(kHourMs, tops.points));
  return {.raw = std::min(past(kHourMs, now, raw_), std::max(closed, forgotten)),
          .points = past(kHourMs, now, points_),
          .hour = std::min({past(kDayMs, now, hour_), std::max(reach(kDayMs, tops.day), forgotten),
                            std::max(top_to_keep(tops), forgotten)}),
          .day = forgotten};
}

Retentions::Retentions(const Settings& settings) {
  for (const KindText& text : kKinds) rows_.emplace_back(settings, text.kind);
}

}  // namespace kilometric

// A moment as Graphite's clients write it in `from` and `until`:
//
//   1764090000                    seconds since the epoch
//   20251125                      a day: eight digits that are a date
//   now, today, yesterday, tomorrow, noon, midnight, teatime, monday, 11/25/25, november 25
//   16:00_20251125, 4pm yesterday a time of day before a day
//   -6h, now-15min, noon+2d       so long before or after, see interval.h
//
// All of it in UTC. Called for each request. What is none of these is nullopt, and becomes a 400.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kilometric::graphite {

/// Seconds since the epoch, not before it. `now`: the same.
std::optional<int64_t> parse_at_time(std::string_view text, int64_t now);

}  // namespace kilometric::graphite

// Lengths of time as they stand in targets: "5min", "-1d", "1h30min". A month is 30 days, a year 365.
//
// Functions read their arguments with it. What is none, or is longer than ten years, is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kilometric::graphite {

inline constexpr int64_t kLongestInterval = 3653 * 86'400LL;

/// In seconds, negative behind a minus. Graphite's units, and "m" for minutes.
std::optional<int64_t> read_interval(std::string_view text);

}  // namespace kilometric::graphite

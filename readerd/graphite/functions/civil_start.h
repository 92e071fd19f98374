// Where the second, minute, hour, day, week, month or year begins that a time lies in; in UTC.
//
// smartSummarize() calls it. An unknown unit is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kilometric::graphite {

/// A unit as in intervals: "h", "days"; weeks begin on Monday, or with a digit behind on that day ("w7":
/// Sunday).
std::optional<int64_t> civil_start(int64_t at, std::string_view unit);

}  // namespace kilometric::graphite

// Dates, and times of a day, as RFC 3339 writes them.
//
// parse_moment() calls it with what a client wrote. nullopt is what is no date, or lies before the epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace date {
class time_zone;
}

namespace kilometric {

/// The first and the last millisecond of a day, since the epoch.
struct Day {
  uint64_t first, last;
};

/// `2020-10-21`, by the calendar of `zone`; nullptr is UTC.
std::optional<Day> parse_date(std::string_view text, const date::time_zone* zone);

/// The milliseconds of `2020-10-21T18:05:44.893Z` and `2020-10-21T20:05:44+02:00`, with or without a fraction.
std::optional<uint64_t> parse_date_time(std::string_view text);

/// The milliseconds of `893` and `8` behind a decimal point; digits after the third are dropped.
std::optional<int> parse_fraction(std::string_view digits);

}  // namespace kilometric

// A statistic: what a reader asks of a metric's bucket. Which there are, depends on the kind.
//
//   counter   sum rate
//   gauge     last min max mean
//   timer     count sum mean min max stddev median p0 ... p100 rate     p99.9 is a quantile of 0.999
//   set       unique
//
// Of a timer also squares, the sum of its samples' squares, and count, mean, sum, squares, min and max of its
// lowest or highest samples alone (timer_part.h), which have no names here: StatsD's names ask for them.
//
// A rate is per second: a kind says what is counted (Delta::events), and who knows the period divides.
//
// Called by the reader's queries with what a client wrote: a name that a kind does not have is nullopt, and
// words_of_stats() says which there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kilometric {

enum class Kind : uint8_t;  // see kind.h, which includes this

struct Stat {
  enum class Of : uint8_t { sum, rate, count, mean, min, max, stddev, quantile, last, unique, squares };
  enum class Part : uint8_t { all, lowest, highest };  ///< of a timer's samples

  Of of = Of::sum;
  double quantile = 0;  ///< 0 to 1; the median is 0.5; of a part: how much of all it is
  Part part = Part::all;

  bool operator==(const Stat&) const = default;
};

/// nullopt when `kind` has no statistic of that name.
std::optional<Stat> parse_stat(Kind kind, std::string_view name);

/// The one that is meant when none is named.
Stat usual_stat(Kind kind);

/// "a counter has sum and rate"
std::string_view words_of_stats(Kind kind);

}  // namespace kilometric

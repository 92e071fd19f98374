// A statistic: what a reader asks of a metric's bucket. Which there are, depends on the kind.
//
//   counter   sum rate
//   gauge     last min max mean
//   timer     count sum mean min max stddev median p0 ... p100 rate     p99.9 is a quantile of 0.999
//   set       unique
//
// A rate is per second: a kind says what is counted (Delta::events), and who knows the period divides.
#pragma once

#include <cstdint>

namespace kilometric {

struct Stat {
  enum class Of : uint8_t { sum, rate, count, mean, min, max, stddev, quantile, last, unique };

  Of of = Of::sum;
  double quantile = 0;  ///< 0 to 1; the median is 0.5

  bool operator==(const Stat&) const = default;
};

}  // namespace kilometric

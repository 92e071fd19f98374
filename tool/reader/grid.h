// A range of time, cut into periods; and values laid into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tool/reader/series.h"

namespace kilometric::tool {

struct Grid {
  static constexpr int64_t kMostPeriods = 1'000'000;

  int64_t from = 0, to = 0;  ///< ms
  int64_t period = 0;        ///< ms, whole seconds

  /// A round number of seconds, so that there are at most `slots` periods in the range; no shorter than the
  /// usual interval of 10 s.
  static int64_t period_for(int64_t span, size_t slots);

  int64_t begin() const { return from / period * period; }  ///< of the first period
  size_t periods() const { return static_cast<size_t>((to - begin()) / period + 1); }

  /// The statistic's value in each period; NaN, or 0 where it is `filled`, for one without.
  std::vector<double> lay(const Series& series, size_t stat, bool filled) const;
};

/// With straight lines where values are missing as regularly as entries came; a longer gap stays one.
std::vector<double> joined(std::vector<double> values);

/// No more than so many values: of several that fall together the greatest, so that no peak is lost.
std::vector<double> squeezed(const std::vector<double>& values, size_t most);

}  // namespace kilometric::tool

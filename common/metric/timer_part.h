// The lowest or the highest samples of a timer, as StatsD has them: mean_90 is the mean of the lowest 90 % of
// all, lower_top10 the least of the highest 10 %.
//
//   how many   the share of the count, rounded, at least one; exact
//   mean       out of bins, as are sum and edge: each sample is taken for what stands for its bin, at most
//              1.083 % away from it; never past the mean of all samples, which is exact
//   squares    the same, so at most 2.2 % away
//
// Timings (timer.h) calls it for who reads. A part that is all samples is asked of the Timings themselves.
#pragma once

#include <cstdint>

#include "common/metric/stat.h"

namespace kilometric {

struct Timings;

struct TimerPart {
  int64_t count;
  double mean;
  double squares;  ///< their sum
  double edge;     ///< the greatest of the lowest, the least of the highest
};

/// Whether a part with this share is all samples.
bool is_all(const Timings& timer, double share) noexcept;

/// Requires that it is not all of them, and that `part` is the lowest or the highest.
TimerPart part_of(const Timings& timer, Stat::Part part, double share) noexcept;

}  // namespace kilometric

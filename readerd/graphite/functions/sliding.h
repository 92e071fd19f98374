// The totals, deviations and medians of windows that slide over values, at a cost that does not grow with the
// window.
//
// The window functions call it. It has no errors.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "readerd/graphite/aggregation.h"

namespace kilometric::graphite {

/// One value for each whole window of `width` values, which is at least 1: kNone where there is none in it, or
/// less than the share. The kNones of a window are left out.
std::vector<double> slide(std::span<const double> values, size_t width, Aggregation how, double least_share);

}  // namespace kilometric::graphite

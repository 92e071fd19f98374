// A series as Graphite's functions see it: evenly spaced values with a name, and how they are to be put
// together when there are fewer pixels than points.
//
// A Source makes it, the functions change it, and the route writes it. It has no errors.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "readerd/graphite/consolidation.h"

namespace kilometric::graphite {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct TimeSeries {
  std::string name = {};                         ///< what is shown
  std::string path = {};                         ///< what was asked for, Graphite's pathExpression
  std::map<std::string, std::string> tags = {};  ///< "name" is the first name = {}; functions add theirs
  int64_t start = 0;                             ///< of the first value, in seconds since the epoch
  int64_t step = 1;                              ///< seconds, at least 1
  std::vector<double> values = {};               ///< kNone where there is none
  Consolidation consolidation = Consolidation::average;

  int64_t end() const { return start + step * static_cast<int64_t>(values.size()); }
};

using SeriesList = std::vector<TimeSeries>;

}  // namespace kilometric::graphite

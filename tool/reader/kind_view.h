// How a kind of metric is shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kilometric::tool {

struct KindView {
  std::string_view kind;
  std::vector<std::string> stats;   ///< told of the whole range
  std::string plotted;              ///< drawn over time
  std::vector<std::string> listed;  ///< told of each where there are several; the first one is drawn
  bool filled;     ///< a period without a value is one of zero, and what is drawn stands on zero
  bool from_zero;  ///< the axis begins there
  bool carried;    ///< a value stays until the next one
};

/// Of a counter for a kind that nobody knows.
const KindView& view_of(std::string_view kind);

}  // namespace kilometric::tool

// `read` as plots: one of each series and statistic, with its totals below.
#pragma once

#include <string>

#include "tool/verbs/read_found.h"

namespace kilometric::tool {

/// Of more series than fit it tells on stderr how many are not drawn.
std::string draw_plots(const Found& found);

}  // namespace kilometric::tool

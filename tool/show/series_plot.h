// A series over time, drawn in braille with its axes.
#pragma once

#include <string>
#include <vector>

#include "tool/reader/grid.h"
#include "tool/show/plot.h"
#include "tool/show/terminal.h"

namespace kilometric::tool {

/// The columns that are left for dots, two in each.
size_t plot_columns(const Terminal& terminal);

/// `values`: a period each. Lines that end.
std::string draw_plot(const Terminal& terminal, const Grid& grid, const std::vector<double>& values,
                      const Scale& scale, PlotStyle style);

}  // namespace kilometric::tool

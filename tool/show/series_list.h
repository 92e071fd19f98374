// Several series, one in a line: name, sparkline, and what is told of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tool/show/terminal.h"

namespace kilometric::tool {

struct ListRow {
  std::string name;                ///< as strangers wrote it
  std::vector<double> values;      ///< for the sparkline
  std::vector<std::string> cells;  ///< for people, in the order of the heads
};

/// The width of the sparklines, and with it of the names: what is left by so many columns of numbers.
size_t spark_columns(const Terminal& terminal, size_t cells);

/// Lines that end. `span`: what stands above the sparklines.
std::string draw_list(const Terminal& terminal, const std::vector<ListRow>& rows, std::string_view span,
                      const std::vector<std::string>& heads);

}  // namespace kilometric::tool

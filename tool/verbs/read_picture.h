// What `read` draws: totals and points of the metrics that are asked for, as a plot, a list or a table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tool/reader/reading.h"

namespace kilometric::tool {

struct PictureRequest {
  enum class Form { chosen, plot, list, table };  ///< chosen: a plot of one, a list of several

  Selection selection;
  std::vector<std::string> stats;  ///< none: as the kind has it
  std::string from, to;            ///< as they were given; each picture has its own `now`
  int64_t period = 0;              ///< ms; 0: to be chosen
  int64_t compare = 0;             ///< ms before; 0: no
  Form form = Form::chosen;
};

struct Picture {
  std::string text;
  std::string kind;
  bool found = false;
};

/// Where nothing is found it says so on stderr.
Picture draw_picture(const Reader& reader, const PictureRequest& request);

/// One number of each series. Returns the exit status.
int print_values(const Reader& reader, const PictureRequest& request);

}  // namespace kilometric::tool

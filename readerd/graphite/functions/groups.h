// The rows of each file of this folder; the table puts them together. It has no errors.
#pragma once

#include <vector>

#include "readerd/graphite/functions/table.h"

namespace kilometric::graphite {

std::vector<Function> combining_functions();
std::vector<Function> dividing_functions();
std::vector<Function> drawing_functions();
std::vector<Function> filtering_functions();
std::vector<Function> grouping_functions();
std::vector<Function> growing_functions();
std::vector<Function> naming_functions();
std::vector<Function> selecting_functions();
std::vector<Function> sorting_functions();
std::vector<Function> source_functions();
std::vector<Function> summarizing_functions();
std::vector<Function> time_functions();
std::vector<Function> transforming_functions();
std::vector<Function> window_functions();

/// What most functions take first.
inline const Parameter kSeriesList{"seriesList", Type::series_list, true};

}  // namespace kilometric::graphite

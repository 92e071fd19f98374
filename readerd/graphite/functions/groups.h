// The rows of each file of this folder; the table puts them together. It has no errors.
#pragma once

#include <vector>

#include "readerd/graphite/functions/table.h"

namespace kilometric::graphite {

std::vector<Function> combining_functions();
std::vector<Function> naming_functions();
std::vector<Function> source_functions();

}  // namespace kilometric::graphite

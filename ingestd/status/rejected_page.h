// GET /rejected: some of the lines that were rejected lately, by whichever worker, as JSON.
//
// A worker's routes call it. The lines come from strangers, and are shown as RejectedLine says.
#pragma once

#include <string>

#include "common/settings/settings.h"

namespace kilometric {

std::string rejected_page(const Settings& settings);

}  // namespace kilometric

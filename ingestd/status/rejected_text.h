// Some of the lines that were rejected lately, as Redis is told of them, so that readers can show those of all
// instances: the newest first, a line of text for each, its fields with tabs between.
//
//   time, ms since the epoch by this host's clock; reason; advice; way in; sender; bytes of the whole line;
//   line
//
// As in RejectedLine, all of it is printable ASCII, so that neither a tab nor a line end is within a field.
// Called by the flusher (ingestd/status/line_report.h); read by readerd/store/instance_state.h.
#pragma once

#include <cstddef>
#include <string>

#include "common/settings/settings.h"

namespace kilometric {

inline constexpr size_t kMostRejectedTextBytes = 8192;

/// As many whole lines as fit.
std::string rejected_text(const Settings& settings);

}  // namespace kilometric

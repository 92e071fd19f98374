// What this ingestd says of itself: /metrics in Prometheus' text format, and /health. Any worker can
// answer for all: it reads the workers' and the flusher's files, and every UDP socket's drops.
#pragma once

#include <string>

#include "common/settings/settings.h"

namespace kilometric {

std::string metrics_text(const Settings& settings);

/// The flusher has brought everything it harvested to Redis within the last ten intervals.
bool healthy(const Settings& settings);

}  // namespace kilometric

// What systemd is told: READY, STATUS, WATCHDOG, STOPPING, and the sockets it keeps over a restart.
// Every function does nothing when there is no systemd.
//
// ingestd's supervisor and the reader call these. A message that cannot be sent is dropped: systemd then waits,
// and ends the service by its own deadlines.
#pragma once

#include <chrono>
#include <string>

namespace kilometric {

void notify(const std::string& state);  ///< as sd_notify(3): "READY=1\nSTATUS=..."

/// How often to feed the watchdog: half of what systemd waits; zero when there is none.
std::chrono::milliseconds watchdog_interval();

}  // namespace kilometric

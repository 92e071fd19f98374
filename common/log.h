// The log goes to stderr through spdlog (spdlog::info("...", ...)). Under systemd each line bears
// its priority ("<6>...") and no time, which the journal adds; in a terminal it bears both in words.
//
// main() of each daemon starts it, once a process; everybody then writes to it.
#pragma once

#include <string>
#include <string_view>

namespace kilometric {

/// `level`: debug, info, warning or error. `role`: "supervisor", "worker 0", "flusher", "readerd".
void start_log(std::string_view level, const std::string& role);

}  // namespace kilometric

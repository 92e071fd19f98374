// The log goes to stderr through spdlog (spdlog::info("...", ...)). Under systemd each line bears
// its priority ("<6>...") and no time, which the journal adds; in a terminal it bears both in words.
//
// main() of each daemon starts it, once a process; everybody then writes to it. It is never waited for: a line
// that stderr does not take at once is dropped and counted, and the next one that it takes says how many are
// missing.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace kilometric {

/// `level`: debug, info, warning or error. `role`: "supervisor", "worker 0", "flusher", "readerd".
void start_log(std::string_view level, const std::string& role);

/// Of SIGHUP, at which other daemons open their log anew: that there is nothing to open here, and it goes on.
void tell_of_hangup();

/// "<program>: <words>" on stderr, without a log: why a start fails. It is not waited for either.
void complain(std::string_view program, std::string_view words);

/// From now on dropped lines are counted there, which several processes may do; those of before are added.
/// Requires the counter to live as long as the process.
void count_dropped_lines_in(std::atomic<uint64_t>& counter);

/// What the counter says: for /metrics.
uint64_t log_lines_dropped();

}  // namespace kilometric

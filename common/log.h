// The log: log_info("{} of {}", this, that), to stderr through spdlog. Under systemd each line bears its
// priority ("<6>...") and no time, which the journal adds; in a terminal it bears both in words.
//
// main() of each daemon starts it, once a process; everybody then writes to it. It is never waited for: a line
// that stderr does not take at once is dropped and counted, and the next one that it takes says how many are
// missing.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace kilometric {

enum class LogLevel : uint8_t { debug, info, warning, error };

/// Formats and writes a line if the log's level asks for it. Its text is made in one place: spdlog's own
/// functions would have all of fmt compiled anew in every file that logs.
void write_log(LogLevel level, fmt::string_view words, fmt::format_args values);

template <class... Values>
void log_debug(fmt::format_string<Values...> words, Values&&... values) {
  write_log(LogLevel::debug, words, fmt::make_format_args(values...));
}

template <class... Values>
void log_info(fmt::format_string<Values...> words, Values&&... values) {
  write_log(LogLevel::info, words, fmt::make_format_args(values...));
}

template <class... Values>
void log_warning(fmt::format_string<Values...> words, Values&&... values) {
  write_log(LogLevel::warning, words, fmt::make_format_args(values...));
}

template <class... Values>
void log_error(fmt::format_string<Values...> words, Values&&... values) {
  write_log(LogLevel::error, words, fmt::make_format_args(values...));
}

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

// How the text of a setting's value is read. Each function throws std::invalid_argument with the reason, a few
// words such as "out of range", when the text is not such a value.
//
// Called by the rows of the table in settings.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/settings/settings.h"

namespace kilometric::values {

/// Digits only: no sign, no blank, nothing behind them.
uint64_t whole_number(std::string_view text, uint64_t least, uint64_t most);

/// Digits with an optional fraction.
double decimal_number(std::string_view text, double least, double most);

uint16_t port_number(std::string_view text);

/// 0 for "none".
uint16_t port_or_none(std::string_view text);

/// IPv4 or IPv6, in the usual spelling of that address.
std::string numeric_address(std::string_view text);

/// Such addresses with commas between; "localhost" stands for the loopback addresses that this machine has.
std::vector<std::string> addresses(std::string_view text);

/// A number of workers, or "cores": as many as common/cores.h says.
unsigned worker_count(std::string_view text);

/// An absolute path.
std::filesystem::path folder(std::string_view text);

/// An absolute path; empty for `without`.
std::string file(std::string_view text, std::string_view without);

/// An absolute path that a socket can have; empty for "none".
std::filesystem::path socket_path(std::string_view text);

/// Octal digits; the owner at least may read and write.
unsigned file_mode(std::string_view text);

/// "30d"; nullopt for "keep".
std::optional<std::chrono::hours> retention(std::string_view text, std::chrono::hours least);

std::string log_level(std::string_view text);

/// "env,host"; none for "keep" and "drop".
std::vector<std::string> tag_names(std::string_view text);

/// What a style of names with tags has before them; 0 for "none".
char mark_of_tags(std::string_view text);

bool on_or_off(std::string_view text);

/// "delta", or "absolute".
bool is_delta(std::string_view text);

/// "plain", "statsd" or "legacy".
GraphiteNames graphite_names(std::string_view text);

/// As a browser sends it, or `*`; empty for "none". It goes into a header as it is.
std::string origin(std::string_view text);

}  // namespace kilometric::values

// Settings: one table declares each with its name, default, range and help; it drives the command line, the
// environment and --help, see common/settings/command_line.h. What a value may be: common/settings/values.h.
//
// Made once, in main(), and handed on as const. A bad value throws SettingError: one line that names the
// setting, the value and what is allowed, but never repeats a Redis URL, which may hold a secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/url.h"

namespace kilometric {

enum class Program : unsigned { ingestd = 1, readerd = 2 };

/// A later start may have fewer workers, and looks for what this many may have left.
inline constexpr unsigned kMostWorkers = 64;

/// Each listener has a socket for each address and worker, all of which systemd keeps over a restart.
inline constexpr size_t kMostAddresses = 4;

/// Nothing that Kilometric removes from Redis by itself is younger: raw entries,
inline constexpr std::chrono::hours kLeastRetention{2};
/// and entries of tiers.
inline constexpr std::chrono::hours kLeastTierRetention{24};

/// Whose names Graphite's API lists: metrics' own, StatsD's, or those of StatsD's legacy namespace.
enum class GraphiteNames : uint8_t { plain, statsd, legacy };

/// What is no setting of the program at hand stays empty.
struct Settings {
  RedisUrl redis_url;
  std::chrono::milliseconds flush_interval{};
  uint16_t port{};
  uint16_t udp_port{};
  uint16_t tcp_port{};                  ///< 0: none
  std::filesystem::path unix_datagram;  ///< empty: there is none
  std::filesystem::path unix_stream;
  unsigned socket_mode{};
  uint16_t reader_port{};
  std::vector<std::string> bind;  ///< numeric IPv4 and IPv6 addresses, at least one, none twice
  unsigned workers{};
  std::filesystem::path runtime_dir;
  std::filesystem::path state_dir;
  uint64_t max_keys{};
  uint64_t spool_limit{};                                  ///< bytes
  std::optional<std::chrono::hours> retention_raw;         ///< nullopt: for ever; so for those below
  std::optional<std::chrono::hours> retention_raw_timers;  ///< instead of retention_raw
  std::optional<std::chrono::hours> retention_raw_sets;
  std::optional<std::chrono::hours> retention_points;  ///< see ingestd/tiers/retention.h
  std::optional<std::chrono::hours> retention_hour;
  std::optional<std::chrono::hours> retention_day;
  bool keep_tags{};
  std::vector<std::string> tags;  ///< to keep; none: all
  char tags_in_name{};            ///< what begins tags in a name, beside `;`; 0: nothing
  uint64_t events_max{};          ///< that Redis keeps
  bool gauge_signs_add{};         ///< +3 and -3 add to a gauge; otherwise they set it
  uint64_t max_points{};
  GraphiteNames graphite_names{};
  std::chrono::seconds gauge_stale{};  ///< 0: never
  std::string cors_origin;             ///< empty: none
  bool allow_delete{};
  std::string log_level;
};

class SettingError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A row of the table.
struct Setting {
  const char* flag;           ///< "flush-interval"; the variable is KILOMETRIC_FLUSH_INTERVAL
  const char* default_value;  ///< text, parsed like any other value ("cores" for workers)
  const char* allowed;        ///< "seconds, decimals allowed, 0.05 to 3600"
  const char* help;
  unsigned programs;                                         ///< Program bits
  void (*apply)(Settings& settings, std::string_view text);  ///< throws std::invalid_argument(reason)
};

std::span<const Setting> setting_table();
std::string variable_name(const Setting& setting);  ///< "KILOMETRIC_FLUSH_INTERVAL"

}  // namespace kilometric

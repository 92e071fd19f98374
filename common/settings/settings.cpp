#include "common/settings/settings.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <thread>

namespace kilometric {
namespace {

constexpr unsigned kIngestd = static_cast<unsigned>(Program::ingestd);
constexpr unsigned kReaderd = static_cast<unsigned>(Program::readerd);
constexpr unsigned kBoth = kIngestd | kReaderd;

[[noreturn]] void refuse(const char* reason) { throw std::invalid_argument(reason); }

/// Digits only: no sign, no blank, nothing behind them.
uint64_t whole_number(std::string_view text, uint64_t least, uint64_t most) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end || error == std::errc::invalid_argument) refuse("not a whole number");
  if (error != std::errc{} || number < least || number > most) refuse("out of range");
  return number;
}

/// Digits with an optional fraction. from_chars would also take "inf" and "nan".
double decimal_number(std::string_view text, double least, double most) {
  const bool spelled = text.find_first_not_of("-.0123456789") != text.npos;
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (spelled || stop != end || error == std::errc::invalid_argument) refuse("not a number");
  if (error != std::errc{} || number < least || number > most) refuse("out of range");
  return number;
}

uint16_t port_number(std::string_view text) { return static_cast<uint16_t>(whole_number(text, 1, 65535)); }

std::string numeric_address(std::string_view text) {
  if (text == "localhost") return "127.0.0.1";
  const std::string address(text);
  in6_addr any;  // room for either family
  const int family = inet_pton(AF_INET, address.c_str(), &any) == 1    ? AF_INET
                     : inet_pton(AF_INET6, address.c_str(), &any) == 1 ? AF_INET6
                                                                       : AF_UNSPEC;
  if (family == AF_UNSPEC) refuse("not a numeric IPv4 or IPv6 address");
  char usual[INET6_ADDRSTRLEN];  // one address, one spelling
  return inet_ntop(family, &any, usual, sizeof usual);
}

unsigned worker_count(std::string_view text) {
  if (text == "cores") return std::clamp(std::thread::hardware_concurrency(), 1u, kMostWorkers);
  return static_cast<unsigned>(whole_number(text, 1, kMostWorkers));
}

std::filesystem::path folder(std::string_view text) {
  if (text.empty()) refuse("empty");
  return std::filesystem::absolute(text).lexically_normal();
}

/// "30d"; nullopt for "keep". A day at least: less would be gone before anybody looks at it.
std::optional<std::chrono::hours> retention(std::string_view text) {
  if (text == "keep") return std::nullopt;
  const char unit = text.empty() ? ' ' : text.back();
  const uint64_t hours = unit == 'h' ? 1 : unit == 'd' ? 24 : unit == 'w' ? 7 * 24 : unit == 'y' ? 365 * 24 : 0;
  if (hours == 0) refuse("neither keep nor a number with its unit");
  constexpr uint64_t kLeast = kLeastRetention.count(), kMost = 1000 * 365 * 24;
  return std::chrono::hours(
      hours * whole_number(text.substr(0, text.size() - 1), (kLeast + hours - 1) / hours, kMost / hours));
}

std::string log_level(std::string_view text) {
  for (const std::string_view level : {"debug", "info", "warning", "error"})
    if (text == level) return std::string(level);
  refuse("not a log level");
}

bool on_or_off(std::string_view text) {
  if (text != "on" && text != "off") refuse("neither on nor off");
  return text == "on";
}

/// As a browser sends it, or `*`; it goes into a header as it is.
std::string origin(std::string_view text) {
  if (text == "none") return {};
  const auto printable = [](char c) { return c > ' ' && c < 0x7F; };
  const bool schemed = text.starts_with("http://") || text.starts_with("https://");
  if (text != "*" && (!schemed || text.ends_with('/') || !std::ranges::all_of(text, printable)))
    refuse("not an origin");
  return std::string(text);
}

constexpr Setting kTable[] = {
    {"redis-url", "redis://localhost:6379/0",
     "redis://[user[:password]@]host[:port][/db] or unix:///path[?db=N]",
     "where Redis is; a file redis-url in $CREDENTIALS_DIRECTORY wins over it", kBoth,
     [](Settings& s, std::string_view text) { s.redis_url = RedisUrl::parse(text); }},
    {"flush-interval", "10", "seconds, decimals allowed, 0.05 to 3600",
     "how often what was counted is written to Redis", kIngestd,
     [](Settings& s, std::string_view text) {
       s.flush_interval = std::chrono::milliseconds(std::llround(decimal_number(text, 0.05, 3600) * 1000));
     }},
    {"port", "3000", "1 to 65535", "TCP port of ingestd's HTTP server: /track, /health, /metrics", kIngestd,
     [](Settings& s, std::string_view text) { s.port = port_number(text); }},
    {"udp-port", "8125", "1 to 65535", "UDP port for StatsD lines", kIngestd,
     [](Settings& s, std::string_view text) { s.udp_port = port_number(text); }},
    {"reader-port", "3001", "1 to 65535", "TCP port of readerd's HTTP server: /read, /health, /metrics", kBoth,
     [](Settings& s, std::string_view text) { s.reader_port = port_number(text); }},
    {"bind", "127.0.0.1", "a numeric IPv4 or IPv6 address; 0.0.0.0 or :: (dual stack) for all",
     "the address of every listener", kBoth,
     [](Settings& s, std::string_view text) { s.bind = numeric_address(text); }},
    {"workers", "cores", "1 to 64, or cores (as many as there are, at most 64)",
     "processes that receive and count", kIngestd,
     [](Settings& s, std::string_view text) { s.workers = worker_count(text); }},
    {"runtime-dir", "/run/kilometric", "a folder, best on a tmpfs", "where counters live", kIngestd,
     [](Settings& s, std::string_view text) { s.runtime_dir = folder(text); }},
    {"state-dir", "/var/lib/kilometric", "a folder on a disk, one for each ingestd",
     "identity of this installation and batches on their way to Redis", kIngestd,
     [](Settings& s, std::string_view text) { s.state_dir = folder(text); }},
    {"max-keys", "1000000", "1 to 100000000", "live keys per worker; above it new keys are refused and counted",
     kIngestd, [](Settings& s, std::string_view text) { s.max_keys = whole_number(text, 1, 100'000'000); }},
    {"spool-limit", "1024", "MiB, 1 to 1048576",
     "batches kept on disk while Redis is away; past it the two oldest are merged", kIngestd,
     [](Settings& s, std::string_view text) { s.spool_limit = whole_number(text, 1, 1 << 20) << 20; }},
    {"retention-raw", "keep", "keep, or a whole number with its unit: h, d, w or y; 1d to 1000y",
     "how long raw entries stay; their hours' and days' sums outlive them", kIngestd,
     [](Settings& s, std::string_view text) { s.retention_raw = retention(text); }},
    {"retention-hour", "keep", "keep, or a whole number with its unit: h, d, w or y; 1d to 1000y",
     "how long sums of hours stay; at least as long as raw entries", kIngestd,
     [](Settings& s, std::string_view text) { s.retention_hour = retention(text); }},
    {"retention-day", "keep", "keep, or a whole number with its unit: h, d, w or y; 1d to 1000y",
     "how long sums of days stay; at least as long as those of hours", kIngestd,
     [](Settings& s, std::string_view text) { s.retention_day = retention(text); }},
    {"max-points", "5000000", "1 to 1000000000", "points at most in an answer of /read", kReaderd,
     [](Settings& s, std::string_view text) { s.max_points = whole_number(text, 1, 1'000'000'000); }},
    {"cors-origin", "none", "none, *, or an origin such as https://example.com",
     "the web pages that browsers let read from readerd (Access-Control-Allow-Origin)", kReaderd,
     [](Settings& s, std::string_view text) { s.cors_origin = origin(text); }},
    {"allow-delete", "off", "on or off", "whether DELETE /keys deletes metrics", kReaderd,
     [](Settings& s, std::string_view text) { s.allow_delete = on_or_off(text); }},
    {"log-level", "info", "debug, info, warning or error", "what is logged on stderr", kBoth,
     [](Settings& s, std::string_view text) { s.log_level = log_level(text); }},
};

}  // namespace

std::span<const Setting> setting_table() { return kTable; }

std::string variable_name(const Setting& setting) {
  std::string name = "KILOMETRIC_";
  for (const char* c = setting.flag; *c != '\0'; ++c)
    name += *c == '-' ? '_' : static_cast<char>(*c - 'a' + 'A');
  return name;
}

}  // namespace kilometric

#include "common/settings/settings.h"

#include <cmath>
#include <string>

#include "common/settings/values.h"

namespace kilometric {
namespace {

constexpr unsigned kIngestd = static_cast<unsigned>(Program::ingestd);
constexpr unsigned kReaderd = static_cast<unsigned>(Program::readerd);
constexpr unsigned kBoth = kIngestd | kReaderd;

using namespace values;

/// Applied in this order.
constexpr Setting kTable[] = {
    {"redis-url", "redis://localhost:6379/0",
     "redis[s]://[user[:password]@]host[:port][/db], redis-sentinel:, -cluster:, unix:",
     "where Redis is, rediss: by TLS; a file redis-url in $CREDENTIALS_DIRECTORY wins", kBoth,
     [](Settings& s, std::string_view text) { s.redis_url = RedisUrl::parse(text); }},
    {"redis-ca", "system", "system, or the path of a file in PEM",
     "who may have signed the certificate of a rediss:// server", kBoth,
     [](Settings& s, std::string_view text) { s.redis_url.tls_files.authorities = file(text, "system"); }},
    {"redis-cert", "none", "none, or the path of a file in PEM", "our certificate for a rediss:// server",
     kBoth, [](Settings& s, std::string_view text) { s.redis_url.tls_files.certificate = file(text, "none"); }},
    {"redis-key", "none", "none, or the path of a file in PEM", "the private key of that certificate", kBoth,
     [](Settings& s, std::string_view text) { s.redis_url.tls_files.key = file(text, "none"); }},
    {"flush-interval", "10", "seconds, decimals allowed, 0.05 to 3600",
     "how often what was counted is written to Redis", kIngestd,
     [](Settings& s, std::string_view text) {
       s.flush_interval = std::chrono::milliseconds(std::llround(decimal_number(text, 0.05, 3600) * 1000));
     }},
    {"port", "3000", "1 to 65535", "TCP port of ingestd's HTTP server: /track, /health, /metrics", kIngestd,
     [](Settings& s, std::string_view text) { s.port = port_number(text); }},
    {"udp-port", "8125", "1 to 65535", "UDP port for StatsD lines", kIngestd,
     [](Settings& s, std::string_view text) { s.udp_port = port_number(text); }},
    {"tcp-port", "none", "none, or 1 to 65535, not the port of HTTP", "TCP port for StatsD lines", kIngestd,
     [](Settings& s, std::string_view text) {
       s.tcp_port = port_or_none(text);
       if (s.tcp_port == s.port) throw std::invalid_argument("the port of HTTP");
     }},
    {"unix-datagram", "none", "none, or a path of at most 107 bytes",
     "a unix datagram socket for StatsD lines, as DogStatsD's clients send to", kIngestd,
     [](Settings& s, std::string_view text) { s.unix_datagram = socket_path(text); }},
    {"unix-stream", "none", "none, or a path of at most 107 bytes",
     "a unix stream socket for StatsD lines, each message behind its length, as DogStatsD has it", kIngestd,
     [](Settings& s, std::string_view text) { s.unix_stream = socket_path(text); }},
    {"socket-mode", "660", "octal, 600 to 777", "who may send to the unix sockets: the modes of their files",
     kIngestd, [](Settings& s, std::string_view text) { s.socket_mode = file_mode(text); }},
    {"reader-port", "3001", "1 to 65535", "TCP port of readerd's HTTP server: /read, /health, /metrics", kBoth,
     [](Settings& s, std::string_view text) { s.reader_port = port_number(text); }},
    {"bind", "localhost", "localhost (127.0.0.1 and ::1), or up to 4 IPv4 or IPv6 addresses: a,b",
     "the addresses of every listener; 0.0.0.0 for all of IPv4, :: for all of both", kBoth,
     [](Settings& s, std::string_view text) { s.bind = addresses(text); }},
    {"workers", "cores", "1 to 64, or cores (as many as the machine has or the CPU quota grants)",
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
    {"retention-raw", "keep", "keep, or a whole number with its unit: h, d, w or y; 2h to 1000y",
     "how long raw entries stay; closed hours, packed, and sums of hours and days outlive them", kIngestd,
     [](Settings& s, std::string_view text) { s.retention_raw = retention(text, kLeastRetention); }},
    {"retention-raw-timers", "raw",
     "raw (as long as those of counters), keep, or a number with its unit: h, d, w or y",
     "how long raw entries of timers stay, which take more room", kIngestd,
     [](Settings& s, std::string_view text) {
       s.retention_raw_timers = text == "raw" ? s.retention_raw : retention(text, kLeastRetention);
     }},
    {"retention-raw-sets", "raw",
     "raw (as long as those of counters), keep, or a number with its unit: h, d, w or y",
     "how long raw entries of sets stay, which take more room", kIngestd,
     [](Settings& s, std::string_view text) {
       s.retention_raw_sets = text == "raw" ? s.retention_raw : retention(text, kLeastRetention);
     }},
    {"retention-points", "keep", "keep, or a whole number with its unit: h, d, w or y; 1d to 1000y",
     "how long closed hours, packed, stay; at least as long as raw entries, at most as long as days", kIngestd,
     [](Settings& s, std::string_view text) { s.retention_points = retention(text, kLeastTierRetention); }},
    {"retention-hour", "keep", "keep, or a whole number with its unit: h, d, w or y; 1d to 1000y",
     "how long sums of hours stay; at least as long as raw entries", kIngestd,
     [](Settings& s, std::string_view text) { s.retention_hour = retention(text, kLeastTierRetention); }},
    {"retention-day", "keep", "keep, or a whole number with its unit: h, d, w or y; 1d to 1000y",
     "how long sums of days stay; at least as long as those of hours", kIngestd,
     [](Settings& s, std::string_view text) { s.retention_day = retention(text, kLeastTierRetention); }},
    {"tags", "keep", "keep, drop, or the names of those to keep: env,host",
     "tags: a metric for each combination of their values (keep), or as if there were none (drop)", kIngestd,
     [](Settings& s, std::string_view text) {
       s.keep_tags = text != "drop";
       s.tags = tag_names(text);
     }},
    {"tags-in-name", "none", "none, influxdb (name,k=v), librato (name#k=v) or signalfx (name[k=v])",
     "tags that stand in the name, beside name;tag=value; where tags are kept", kIngestd,
     [](Settings& s, std::string_view text) { s.tags_in_name = mark_of_tags(text); }},
    {"events-max", "10000", "1 to 10000000",
     "events and service checks kept in Redis, the newest; alike on all hosts", kIngestd,
     [](Settings& s, std::string_view text) { s.events_max = whole_number(text, 1, 10'000'000); }},
    {"gauge-sign", "delta", "delta or absolute",
     "what +3 and -3 do to a gauge: add to it (delta), or set it, as with DogStatsD (absolute)", kIngestd,
     [](Settings& s, std::string_view text) { s.gauge_signs_add = is_delta(text); }},
    {"gauge-stale", "300", "seconds up to 31536000; 0: for ever",
     "how long fill=prev repeats the last value of a gauge that is not updated", kReaderd,
     [](Settings& s, std::string_view text) {
       s.gauge_stale = std::chrono::seconds(whole_number(text, 0, 31'536'000));
     }},
    {"max-points", "5000000", "1 to 1000000000", "points at most in an answer of /read", kReaderd,
     [](Settings& s, std::string_view text) { s.max_points = whole_number(text, 1, 1'000'000'000); }},
    {"graphite-names", "plain", "plain, statsd or legacy",
     "whose names Graphite's /metrics/find lists: metrics' own, StatsD's, or its legacy namespace's", kReaderd,
     [](Settings& s, std::string_view text) { s.graphite_names = graphite_names(text); }},
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

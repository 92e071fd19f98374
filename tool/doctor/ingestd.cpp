#include <fmt/format.h>

#include <cstdlib>

#include "tool/doctor/finding.h"
#include "tool/failure.h"
#include "tool/http/exchange.h"
#include "tool/local/setting.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

using Level = Finding::Level;

/// Of a metric without labels; 0 when it is not there.
double value_of(std::string_view metrics, std::string_view name) {
  const std::string start = fmt::format("\n{} ", name);
  const size_t at = metrics.find(start);
  return at == std::string_view::npos
             ? 0
             : std::strtod(std::string(metrics.substr(at + start.size(), 32)).c_str(), nullptr);
}

struct Rule {
  const char* metric;
  Level level;
  const char* what;
  const char* remedy;
};

/// What is above zero and should not be.
constexpr Rule kRules[] = {
    {"kilometric_batches_set_aside", Level::odd, "batches of entries are set aside",
     "`kilometric aside list` names them: rename or delete what is no stream"},
    {"kilometric_batches_doubtful", Level::odd, "files of entries may have been counted, or not",
     "`kilometric aside list` names them; docs/operations.md, \"Doubtful entries\", says how to decide"},
    {"kilometric_files_unreadable_total", Level::bad, "batch files could not be read",
     "look at bad-* in the state folder: is its disk damaged?"},
    {"kilometric_harvest_failures_total", Level::bad, "harvests were put off, as the spool's disk refused",
     "make room in the state folder, or mend its disk"},
    {"kilometric_intervals_unsealed_total", Level::odd, "intervals went on over their ends",
     "make room in the runtime folder; is the flusher alive?"},
    {"kilometric_batches_given_up_total", Level::odd,
     "kept batches were removed before a snapshot of Redis had them",
     "appendonly yes in redis.conf, or a larger KILOMETRIC_SPOOL_LIMIT"},
    {"kilometric_log_lines_dropped_total", Level::odd, "lines of the log were dropped",
     "who reads ingestd's stderr? It takes no lines"},
};

}  // namespace

void look_at_ingestd(const Common& common, Findings& findings) {
  const Url url = Url::parse("http://127.0.0.1:" + setting_text("port"), "KILOMETRIC_PORT");
  try {
    if (common.verbose) fmt::print(stderr, "curl '{}/metrics'\n", url.text());
    Exchange exchange(url, "GET", "/metrics");
    const std::string metrics = "\n" + exchange.await_all().body;
    if (metrics.find("\nkilometric_workers ") == std::string::npos) {
      findings.push_back(
          {Level::bad, url.text() + " is somebody else's port", "KILOMETRIC_PORT says which is ingestd's"});
      return;
    }
    findings.push_back({Level::good, "ingestd on this host answers at " + url.text(), ""});
    if (value_of(metrics, "kilometric_redis_up") == 0)
      findings.push_back({Level::bad, "ingestd does not reach Redis; counts wait in its spool",
                          "journalctl -u kilometric-ingestd says why"});
    for (const Rule& rule : kRules)
      if (const double value = value_of(metrics, rule.metric); value > 0)
        findings.push_back({rule.level, fmt::format("ingestd: {:.0f} {}", value, rule.what), rule.remedy});
    const double starts =
        value_of(metrics, "kilometric_worker_starts_total") - value_of(metrics, "kilometric_workers");
    if (starts > 0)
      findings.push_back({Level::odd,
                          fmt::format("ingestd: workers were started {:.0f} times more than once", starts),
                          "restarts count, too; for deaths look into its log"});
  } catch (const Failure&) {
    findings.push_back(
        {Level::odd, "no ingestd on this host answers at " + url.text(),
         "systemctl start kilometric-ingestd, if one should run here; KILOMETRIC_PORT names its port"});
  }
}

}  // namespace kilometric::tool

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "tool/doctor/finding.h"
#include "tool/failure.h"
#include "tool/local/service_settings.h"
#include "tool/reader/instances.h"
#include "tool/show/time.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

using Level = Finding::Level;

constexpr int64_t kClocksApart = 2'000;  ///< ms

void look_at(const Instance& instance, int64_t now, Findings& findings) {
  const std::string name = "ingestd on " + printable(instance.name());
  if (!instance.healthy)
    findings.push_back(
        {Level::bad,
         fmt::format("{} has not flushed for {} s", name, std::max<int64_t>(now - instance.flushed, 0) / 1000),
         "its log says why: journalctl -u kilometric-ingestd on that host"});
  else
    findings.push_back({Level::good, name + " flushes", ""});
  if (instance.drops > 0)
    findings.push_back({Level::odd,
                        fmt::format("{}: the kernel has dropped {} datagrams", name, instance.drops),
                        "more workers (KILOMETRIC_WORKERS), or a larger net.core.rmem_max"});
  if (instance.pending > 1)
    findings.push_back({Level::odd, fmt::format("{}: {} batches wait for Redis", name, instance.pending),
                        "is Redis slow, or was it away? `kilometric top` shows whether they become fewer"});
  const auto accepted = instance.lines.find("accepted");
  const double rejected = instance.lines_received() - (accepted == instance.lines.end() ? 0 : accepted->second);
  if (rejected > 0)
    findings.push_back({Level::odd, fmt::format("{}: {:.0f} lines were rejected", name, rejected),
                        "GET /rejected at its port shows some, and who sent them"});
}

}  // namespace

void look_at_readerd(const Reader& reader, Findings& findings) {
  try {
    const int status = reader.ask("GET", Query("/health")).status;
    if (status == 200)
      findings.push_back({Level::good, "readerd answers at " + reader.url().text(), ""});
    else
      findings.push_back(
          {Level::bad, fmt::format("readerd at {} says that nothing is well: {}", reader.url().text(), status),
           "is Redis up, and does a kilometric-ingestd flush? What follows may say"});
    const Instances instances = read_instances(reader);
    if (instances.all.empty())
      findings.push_back(
          {Level::bad, "no kilometric-ingestd has flushed within a week",
           "start one: systemctl start kilometric-ingestd; do both daemons name the same Redis?"});
    std::set<std::string> versions;
    for (const Instance& instance : instances.all) {
      look_at(instance, instances.now, findings);
      if (!instance.version.empty()) versions.insert(instance.version);
    }
    if (versions.size() > 1)
      findings.push_back(
          {Level::odd, fmt::format("instances are of {} versions", versions.size()), "upgrade the older ones"});
    if (const int64_t apart = std::abs(instances.now - now_ms()); apart > kClocksApart)
      findings.push_back({Level::odd,
                          fmt::format("the clocks of this host and of Redis are {} s apart", apart / 1000),
                          "let both be set by NTP: timedatectl"});
  } catch (const Failure& failure) {
    findings.push_back(
        {Level::bad, failure.what(),
         fmt::format("is kilometric-readerd started? journalctl -u kilometric-readerd says what it lacks; its "
                     "settings are in {}",
                     kServiceSettings)});
  }
}

}  // namespace kilometric::tool

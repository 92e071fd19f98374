#include "ingestd/status/rejected_page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "common/clock.h"
#include "common/json.h"
#include "ingestd/status/rejected_lines.h"

namespace kilometric {
namespace {

/// "2020-10-21T18:05:44.893Z"
std::string utc(int64_t ms) {
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(static_cast<time_t>(ms / 1000)), ms % 1000);
}

}  // namespace

std::string rejected_page(const Settings& settings) {
  const int64_t boot = wall_ms() - boot_ms();
  std::string page = R"({"rejected":[)";
  for (const RejectedLine& line : RejectedLines::recent(settings.runtime_dir, settings.workers)) {
    const OutcomeText& words = text_of(line.outcome);
    if (page.back() == '}') page += ',';
    page += fmt::format(
        R"({{"time":"{}","reason":"{}","advice":{},"via":"{}","sender":{},"bytes":{},"line":{}}})",
        utc(boot + line.at_ms), words.name, json_string(words.advice), kViaNames[static_cast<size_t>(line.via)],
        json_string(line.sender), line.bytes, json_string(line.text));
  }
  return page + "]}";
}

}  // namespace kilometric

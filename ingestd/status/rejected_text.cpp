#include "ingestd/status/rejected_text.h"

#include <fmt/format.h>

#include "common/clock.h"
#include "ingestd/status/rejected_lines.h"

namespace kilometric {

std::string rejected_text(const Settings& settings) {
  const int64_t boot = wall_ms() - boot_ms();
  std::string text;
  for (const RejectedLine& line : RejectedLines::recent(settings.runtime_dir, settings.workers)) {
    const OutcomeText& words = text_of(line.outcome);
    const std::string row =
        fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", boot + line.at_ms, words.name, words.advice,
                    kViaNames[static_cast<size_t>(line.via)], line.sender, line.bytes, line.text);
    if (text.size() + row.size() > kMostRejectedTextBytes) break;
    text += row;
  }
  return text;
}

}  // namespace kilometric

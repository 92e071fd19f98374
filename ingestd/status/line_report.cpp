#include "ingestd/status/line_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "ingestd/count/worker_file.h"
#include "ingestd/status/kernel_drops.h"
#include "ingestd/status/rejected_lines.h"
#include "ingestd/status/rejected_text.h"

namespace kilometric {

LineReport::LineReport(const Settings& settings)
    : settings_(settings),
      seen_(sum_up()),
      drops_(kernel_drops(settings)),
      seen_ms_(boot_ms()),
      rejected_(rejected_text(settings)) {}

LineReport::Lines LineReport::sum_up() const {
  Lines sums{};
  for (unsigned i = 0; i < settings_.workers; ++i)
    if (const WorkerFile file = WorkerFile::look(settings_.runtime_dir, i))
      for (size_t via = 0; via < std::size(kViaNames); ++via)
        for (size_t outcome = 0; outcome < kOutcomes; ++outcome)
          sums[outcome] += file.header().lines(via, outcome).load(std::memory_order_relaxed);
  return sums;
}

void LineReport::log_what_was_bad() noexcept {
  const int64_t now_ms = boot_ms();
  const Lines now = sum_up();
  const uint64_t drops = kernel_drops(settings_);
  std::string bad = describe(now);
  if (drops > drops_) bad += fmt::format("{}kernel_drops {}", bad.empty() ? "" : "; ", drops - drops_);
  if (!bad.empty()) log_warning("since the last flush: {}", bad);
  const bool more = !std::equal(now.begin() + 1, now.end(), seen_.begin() + 1);
  if (more || more_came_) rejected_ = rejected_text(settings_);
  more_came_ = more;
  seen_ = now;
  drops_ = drops;
  seen_ms_ = now_ms;
}

std::string LineReport::lines() const {
  std::string text = fmt::format("accepted {}", seen_[0]);
  for (size_t outcome = 1; outcome < kOutcomes; ++outcome)
    if (seen_[outcome] > 0) text += fmt::format(" {} {}", kOutcomeTexts[outcome].name, seen_[outcome]);
  return text;
}

/// The reasons, how many lines each, and one of them where one was kept.
std::string LineReport::describe(const Lines& now) const {
  if (std::equal(now.begin() + 1, now.end(), seen_.begin() + 1)) return {};
  const std::vector<RejectedLine> lines = RejectedLines::recent(settings_.runtime_dir, settings_.workers);
  std::string text;
  for (size_t outcome = 1; outcome < kOutcomes; ++outcome) {
    if (now[outcome] <= seen_[outcome]) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", kOutcomeTexts[outcome].name,
                        now[outcome] - seen_[outcome]);
    const auto line = std::ranges::find(lines, static_cast<Outcome>(outcome), &RejectedLine::outcome);
    if (line != lines.end() && line->at_ms >= seen_ms_)
      text += fmt::format(", for example {} from {}", json_string(line->text), line->sender);
  }
  return text;
}

}  // namespace kilometric

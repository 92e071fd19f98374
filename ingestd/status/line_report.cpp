#include "ingestd/status/line_report.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <string>

#include "ingestd/count/worker_file.h"
#include "ingestd/status/kernel_drops.h"

namespace kilometric {

LineReport::LineReport(const Settings& settings)
    : settings_(settings), seen_(sum_up()), drops_(kernel_drops(settings)) {}

LineReport::Lines LineReport::sum_up() const {
  Lines sums{};
  for (unsigned i = 0; i < settings_.workers; ++i)
    if (const WorkerFile file = WorkerFile::look(settings_.runtime_dir, i))
      for (const auto& lines : file.stats().lines)
        for (size_t outcome = 0; outcome < kOutcomes; ++outcome)
          sums[outcome] += lines[outcome].load(std::memory_order_relaxed);
  return sums;
}

void LineReport::log_what_was_bad() noexcept {
  const Lines now = sum_up();
  const uint64_t drops = kernel_drops(settings_);
  std::string bad;
  for (size_t outcome = 1; outcome < kOutcomes; ++outcome)
    if (now[outcome] > seen_[outcome])
      bad += fmt::format(" {} {}", kOutcomeTexts[outcome].name, now[outcome] - seen_[outcome]);
  if (drops > drops_) bad += fmt::format(" kernel_drops {}", drops - drops_);
  if (!bad.empty()) spdlog::warn("since the last flush:{}", bad);
  seen_ = now;
  drops_ = drops;
}

}  // namespace kilometric

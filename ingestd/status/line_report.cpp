#include "ingestd/status/line_report.h"

#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "ingestd/count/worker_file.h"
#include "ingestd/process/channel.h"

namespace kilometric {

uint64_t kernel_drops(int udp_fd) noexcept {
  uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t bytes = sizeof memory;
  // Newer kernels tell more than the headers know; the length is cut, the drops stay where they are.
  if (getsockopt(udp_fd, SOL_SOCKET, SO_MEMINFO, memory, &bytes) != 0) return 0;
  return memory[SK_MEMINFO_DROPS];
}

uint64_t kernel_drops_of_all(unsigned workers) noexcept {
  uint64_t drops = 0;
  for (unsigned i = 0; i < workers; ++i) drops += kernel_drops(kFirstSocketFd + static_cast<int>(i));
  return drops;
}

LineReport::LineReport(std::filesystem::path runtime_folder, unsigned workers)
    : folder_(std::move(runtime_folder)),
      workers_(workers),
      seen_(sum_up()),
      drops_(kernel_drops_of_all(workers)) {}

LineReport::Lines LineReport::sum_up() const {
  Lines sums{};
  for (unsigned i = 0; i < workers_; ++i)
    if (const WorkerFile file = WorkerFile::look(folder_, i))
      for (const auto& lines : file.stats().lines)
        for (size_t outcome = 0; outcome < kOutcomes; ++outcome)
          sums[outcome] += lines[outcome].load(std::memory_order_relaxed);
  return sums;
}

void LineReport::log_what_was_bad() noexcept {
  const Lines now = sum_up();
  const uint64_t drops = kernel_drops_of_all(workers_);
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

// Sums over all workers: for the flusher's one log line an interval when something was bad, and for
// the drops that this instance reports.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

#include "ingestd/parse/outcome.h"

namespace kilometric {

class LineReport {
 public:
  /// What was bad before is not reported.
  LineReport(std::filesystem::path runtime_folder, unsigned workers);

  /// One line, and only when lines were rejected or datagrams dropped since the last call.
  void log_what_was_bad() noexcept;

  uint64_t kernel_drops() const { return drops_; }

 private:
  using Lines = std::array<uint64_t, kOutcomes>;

  Lines sum_up() const;

  std::filesystem::path folder_;
  unsigned workers_;
  Lines seen_;
  uint64_t drops_;
};

/// Datagrams the kernel has dropped since the socket was opened, because its queue was full.
uint64_t kernel_drops(int udp_fd) noexcept;

/// The same over the UDP sockets of all workers, which every child process inherits.
uint64_t kernel_drops_of_all(unsigned workers) noexcept;

}  // namespace kilometric

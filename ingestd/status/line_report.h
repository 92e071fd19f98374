// What was bad since the last flush, summed over all workers: lines that were rejected, by reason and with one
// for example, and datagrams that the kernel dropped.
//
// Owned by the flusher, which has it logged once an interval, and tells Redis of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/settings/settings.h"
#include "ingestd/parse/outcome.h"

namespace kilometric {

class LineReport {
 public:
  /// What was bad before is not reported.
  explicit LineReport(const Settings& settings);

  /// One line, and only when lines were rejected or datagrams dropped since the last call.
  void log_what_was_bad() noexcept;

  // Until the last call:
  uint64_t drops() const { return drops_; }
  /// How many lines had which outcome, of those that any had: "accepted 42 bad_value 1".
  std::string lines() const;
  /// Some of the bad ones, see rejected_text.h.
  const std::string& rejected() const { return rejected_; }

 private:
  using Lines = std::array<uint64_t, kOutcomes>;

  Lines sum_up() const;
  std::string describe(const Lines& now) const;

  const Settings& settings_;
  Lines seen_;
  uint64_t drops_;
  int64_t seen_ms_;  ///< by boot_ms(), the time of the last call
  std::string rejected_;
  bool more_came_ = false;  ///< before the last call; a worker counts a line before it keeps it
};

}  // namespace kilometric

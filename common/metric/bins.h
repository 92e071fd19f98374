// How many samples a timer had in each bin (bin.h), in 1/1,024ths: a sample counts as 1 / its rate, which need
// not be whole. Bins are put together by adding, in any order; what a bin holds stops at the most that it can.
//
// Owned by Timings (timer.h). In binary: bins_code.h.
#pragma once

#include <cstdint>
#include <vector>

#include "common/metric/bin.h"

namespace kilometric {

class Bins {
 public:
  static constexpr uint64_t kWhole = 1'024;  ///< parts of a sample with the weight 1
  static constexpr int kMostBins = 2 * kLastBin + 1;

  struct Bin {
    int16_t number;
    uint64_t parts;  ///< not 0
    bool operator==(const Bin&) const = default;
  };

  void reserve(size_t bins) { bins_.reserve(bins); }
  /// Requires a bin's number; nothing is added when `parts` is 0.
  void add(int16_t number, uint64_t parts) {
    if (parts == 0) return;
    if (bins_.empty() || bins_.back().number < number)  // as they are read
      bins_.push_back({number, parts});
    else
      add_among(number, parts);
  }
  void merge(const Bins& other);

  bool empty() const noexcept { return bins_.empty(); }
  size_t size() const noexcept { return bins_.size(); }
  auto begin() const noexcept { return bins_.begin(); }  ///< from the lowest bin to the highest
  auto end() const noexcept { return bins_.end(); }
  const Bin& front() const noexcept { return bins_.front(); }
  const Bin& back() const noexcept { return bins_.back(); }

  /// Where the sample is that has the rank `quantile` x how many there are, the nearest whole one and at least
  /// the first. Requires 0 <= quantile <= 1 and that there is a sample.
  int16_t bin_at(double quantile) const noexcept;

  bool operator==(const Bins&) const = default;

 private:
  void add_among(int16_t number, uint64_t parts);
  size_t lacks_of(const Bins& other) const noexcept;

  std::vector<Bin> bins_;  ///< sorted by their numbers
};

}  // namespace kilometric

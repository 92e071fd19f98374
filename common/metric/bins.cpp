#include "common/metric/bins.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/metric/fixed.h"

namespace kilometric {
namespace {

uint64_t sum_of(uint64_t one, uint64_t other) noexcept {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  return one > kMost - other ? kMost : one + other;
}

}  // namespace

void Bins::add(int16_t number, uint64_t parts) {
  if (parts == 0) return;
  if (bins_.empty() || bins_.back().number < number) {  // as they are read
    bins_.push_back({number, parts});
    return;
  }
  const auto at = std::ranges::lower_bound(bins_, number, {}, &Bin::number);
  if (at->number == number)
    at->parts = sum_of(at->parts, parts);
  else
    bins_.insert(at, {number, parts});
}

void Bins::merge(const Bins& other) {
  if (other.empty()) return;
  std::vector<Bin> merged;
  merged.reserve(bins_.size() + other.bins_.size());
  auto own = bins_.begin();
  for (const Bin& bin : other.bins_) {
    while (own != bins_.end() && own->number < bin.number) merged.push_back(*own++);
    const bool both = own != bins_.end() && own->number == bin.number;
    merged.push_back({bin.number, both ? sum_of(own++->parts, bin.parts) : bin.parts});
  }
  merged.insert(merged.end(), own, bins_.end());
  bins_ = std::move(merged);
}

int16_t Bins::bin_at(double quantile) const noexcept {
  Wide all = 0;
  for (const Bin& bin : bins_) all += bin.parts;
  const double samples = static_cast<double>(all) / kWhole;
  Wide left = static_cast<Wide>(std::max(1.0, std::floor(quantile * samples + 0.5))) * kWhole;
  for (const Bin& bin : bins_)
    if ((left -= bin.parts) <= 0) return bin.number;
  return bins_.back().number;  // the last sample counts as less than half of one
}

}  // namespace kilometric

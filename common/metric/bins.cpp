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

/// Requires that `bins` has all that `other` has.
void add_to(std::vector<Bins::Bin>& bins, const Bins& other) noexcept {
  auto own = bins.begin();
  for (const Bins::Bin& bin : other) {
    while (own->number < bin.number) ++own;
    own->parts = sum_of(own->parts, bin.parts);
  }
}

}  // namespace

/// Requires that it is not behind the last one.
void Bins::add_among(int16_t number, uint64_t parts) {
  const auto at = std::ranges::lower_bound(bins_, number, {}, &Bin::number);
  if (at->number == number)
    at->parts = sum_of(at->parts, parts);
  else
    bins_.insert(at, {number, parts});
}

/// How many bins `other` has and this has not.
size_t Bins::lacks_of(const Bins& other) const noexcept {
  size_t lacking = 0;
  auto own = bins_.begin();
  for (const Bin& bin : other.bins_) {
    while (own != bins_.end() && own->number < bin.number) ++own;
    if (own == bins_.end() || own->number != bin.number) ++lacking;
  }
  return lacking;
}

/// Once some have been put together mostly none is lacking. Else from the last one on, each to its new place:
/// what it stands on has gone to a place behind it.
void Bins::merge(const Bins& other) {
  const size_t lacking = lacks_of(other);
  if (lacking == 0) return add_to(bins_, other);
  size_t own = bins_.size(), to = own + lacking;
  bins_.resize(to);
  for (size_t theirs = other.bins_.size(); theirs > 0;) {
    const Bin bin = other.bins_[theirs - 1];
    if (own > 0 && bins_[own - 1].number > bin.number) {
      bins_[--to] = bins_[--own];
      continue;
    }
    --theirs;
    const bool both = own > 0 && bins_[own - 1].number == bin.number;
    bins_[--to] = {bin.number, both ? sum_of(bins_[--own].parts, bin.parts) : bin.parts};
  }
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

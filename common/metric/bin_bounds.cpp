#include "common/metric/bin_bounds.h"

#include <cmath>
#include <cstdlib>

#include "common/metric/bin.h"

namespace kilometric {
namespace {

constexpr int kBelowFirst = 30 * kBinsAnOctave + 2;  ///< bin 1 begins at 2^(-961/32)

/// 2^(power/32)
double bound(int power) {
  const auto in_octave = static_cast<unsigned>(power) % kBinsAnOctave;  // of a negative one, too
  const double value =
      in_octave == 0 ? 1 : 1 + std::ldexp(static_cast<double>(bins::kBounds[in_octave - 1]), -52);
  return std::ldexp(value, (power - static_cast<int>(in_octave)) / kBinsAnOctave);
}

}  // namespace

BinBounds bounds_of_bin(int16_t bin, int in_octave) noexcept {
  if (bin == 0) return {-0x1p-30, 0x1p-30};
  const int step = kBinsAnOctave / in_octave;
  const int power = (std::abs(bin) - kBelowFirst) & -step;  // the multiple of `step` that is not above it
  const BinBounds bounds{bound(power), bound(power + step)};
  return bin > 0 ? bounds : BinBounds{-bounds.high, -bounds.low};
}

}  // namespace kilometric

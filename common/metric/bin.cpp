#include "common/metric/bin.h"

#include "common/metric/bin_bounds.h"

namespace kilometric {

double value_of_bin(int16_t bin) noexcept {
  if (bin == 0) return 0;
  const auto [low, high] = bounds_of_bin(bin, kBinsAnOctave);
  return 2 * low * high / (low + high);
}

}  // namespace kilometric

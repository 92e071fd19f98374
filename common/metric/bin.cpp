#include "common/metric/bin.h"

#include <cmath>
#include <cstdlib>

namespace kilometric {
namespace {

/// The bound below the bin with this number in its octave, of an octave that begins at 1.
double bound(unsigned in_octave) {
  if (in_octave == 0) return 1;
  return 1 + std::ldexp(static_cast<double>(bins::kBounds[in_octave - 1]), -52);
}

}  // namespace

double value_of_bin(int16_t bin) noexcept {
  if (bin == 0) return 0;
  const auto place = static_cast<unsigned>(std::abs(bin)) + kBinsAnOctave - 2;
  const double lower = bound(place % kBinsAnOctave), upper = bound(place % kBinsAnOctave + 1);
  const int octave = static_cast<int>(place / kBinsAnOctave) - 31;
  const double value = std::ldexp(2 * lower * upper / (lower + upper), octave);
  return bin < 0 ? -value : value;
}

}  // namespace kilometric

// Between which values a bin lies (bin.h), and one of the coarser ones that bins of neighbours make: of 1, 2,
// 4, 8 or 16 in an octave, with exactly the boundaries of OpenTelemetry's scales 0 to 4.
//
// Called by the reader, for who draws how values are spread. It has no errors.
#pragma once

#include <cstdint>

namespace kilometric {

/// Values above `low`, and up to and including `high`; of negative ones from `low` on, and below `high`.
struct BinBounds {
  double low, high;
  bool operator==(const BinBounds&) const = default;
};

/// Of the one of `in_octave` bins that holds this bin. Requires a bin's number, and 1, 2, 4, 8, 16 or 32.
BinBounds bounds_of_bin(int16_t bin, int in_octave) noexcept;

}  // namespace kilometric

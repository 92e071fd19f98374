// The bins that the values of timers are counted in: 32 an octave, each 2.2 % wider than the one before, with
// exactly the boundaries of OpenTelemetry's exponential histograms of scale 5 and of Prometheus' native ones of
// schema 5. A bin reaches from 2^(i/32), not included, to 2^((i+1)/32), included.
//
//   0              what is smaller than 2^-30
//   1 to 2,657     positive values, 1 ending at 2^-30 and 2,657 at 2^53
//   -1 to -2,657   the same of negative values
//
// So the order of bins is the order of values, and a bin's number fits 16 bits.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace kilometric {

inline constexpr int kBinScale = 5;  ///< 2^5 bins an octave
inline constexpr int kBinsAnOctave = 1 << kBinScale;
inline constexpr int kLastBin = 83 * kBinsAnOctave + 1;

namespace bins {

inline constexpr uint64_t kMantissa = (uint64_t{1} << 52) - 1;

/// The mantissas of 2^(1/32), 2^(2/32) ... 2^(31/32), rounded down, and what is above all mantissas.
inline constexpr std::array<uint64_t, kBinsAnOctave> kBounds{
    0x059B0D3158574, 0x0B5586CF9890F, 0x11301D0125B50, 0x172B83C7D517A, 0x1D4873168B9AA, 0x2387A6E756238,
    0x29E9DF51FDEE1, 0x306FE0A31B715, 0x371A7373AA9CA, 0x3DEA64C123422, 0x44E086061892D, 0x4BFDAD5362A27,
    0x5342B569D4F81, 0x5AB07DD485429, 0x6247EB03A5584, 0x6A09E667F3BCC, 0x71F75E8EC5F73, 0x7A11473EB0186,
    0x82589994CCE12, 0x8ACE5422AA0DB, 0x93737B0CDC5E4, 0x9C49182A3F090, 0xA5503B23E255C, 0xAE89F995AD3AD,
    0xB7F76F2FB5E46, 0xC199BDD85529C, 0xCB720DCEF9069, 0xD5818DCFBA487, 0xDFC97337B9B5E, 0xEA4AFA2A490D9,
    0xF50765B6E4540, kMantissa + 1};

/// For each 64th of an octave's mantissas: in which of its bins it begins. None holds two of the bounds.
inline constexpr std::array<uint8_t, 64> kPlaces = [] {
  std::array<uint8_t, 64> places{};
  for (size_t cell = 0; cell < places.size(); ++cell)
    while (kBounds[places[cell]] <= cell << 46) ++places[cell];
  return places;
}();

}  // namespace bins

/// Requires |value| <= 2^53.
inline int16_t bin_of(double value) noexcept {
  constexpr auto kLeast = std::bit_cast<uint64_t>(0x1p-30);
  const uint64_t magnitude = std::bit_cast<uint64_t>(value) << 1 >> 1;
  if (magnitude < kLeast) return 0;
  const uint64_t below = magnitude - 1;  // the next smaller value: a bin includes its upper bound
  const uint64_t mantissa = below & bins::kMantissa;
  const unsigned place = bins::kPlaces[mantissa >> 46];
  const unsigned in_octave = place + (mantissa >= bins::kBounds[place] ? 1 : 0);
  const auto octave = static_cast<unsigned>((below >> 52) - (kLeast >> 52) + 1);  // 0: that which ends at 2^-30
  const auto bin = static_cast<int16_t>(octave * kBinsAnOctave + in_octave - (kBinsAnOctave - 2));
  return value < 0 ? static_cast<int16_t>(-bin) : bin;
}

/// What stands for the values of a bin: at most 1.083 % away from each of them.
double value_of_bin(int16_t bin) noexcept;

}  // namespace kilometric

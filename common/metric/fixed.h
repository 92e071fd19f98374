// A decimal number with twelve places, in 128 bits: what gauges hold, and what the values of timers add up to.
// Adding is exact, in any order; up to 2^53, which one emitted value may be, 2^34 of them fit.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kilometric {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

struct Fixed {
  static constexpr int kPlaces = 12;
  static constexpr int64_t kOne = 1'000'000'000'000;

  Wide units = 0;  ///< 10^-12

  static Fixed whole(int64_t number) noexcept { return {Wide{number} * kOne}; }

  /// Wrapping at 2^127 units, as counters do at 2^63.
  Fixed& operator+=(const Fixed& other) noexcept {
    units = static_cast<Wide>(static_cast<UnsignedWide>(units) + static_cast<UnsignedWide>(other.units));
    return *this;
  }
  Fixed& operator-=(const Fixed& other) noexcept {
    units = static_cast<Wide>(static_cast<UnsignedWide>(units) - static_cast<UnsignedWide>(other.units));
    return *this;
  }
  friend Fixed operator+(Fixed one, const Fixed& other) noexcept { return one += other; }
  friend Fixed operator-(Fixed one, const Fixed& other) noexcept { return one -= other; }

  /// The nearest double, or one of the two nearest.
  double number() const noexcept;

  auto operator<=>(const Fixed&) const = default;
};

/// "12", "-3.5", "0.000000000001": without trailing zeros. At most 41 characters.
std::string to_text(const Fixed& fixed);

/// Reads what to_text writes: digits, with at most one point among them, behind a sign or none. More than
/// twelve places are rounded. nullopt for anything else, and for what does not fit.
std::optional<Fixed> parse_fixed(std::string_view text);

// In a batch: the units as a signed varint (common/varint.h) of up to 128 bits.
inline constexpr size_t kMostFixedBytes = 19;
/// Returns where the next byte goes.
std::byte* put_fixed(std::byte* at, const Fixed& fixed) noexcept;
/// Reads one that ends before `end`. Returns where the next byte is; nullptr when it is cut or too long.
const std::byte* get_fixed(const std::byte* at, const std::byte* end, Fixed& fixed) noexcept;

}  // namespace kilometric

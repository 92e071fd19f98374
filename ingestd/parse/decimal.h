// A decimal number as a line writes it, `-12.5e3`, and what it is worth to each kind. Reading it allocates
// nothing. What is beyond 2^53 in magnitude is no value, whatever the kind.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/metric/amount.h"
#include "common/metric/fixed.h"

namespace kilometric {

/// Up to as many places as a Fixed has.
inline constexpr int64_t kPowersOfTen[] = {
    1,          10,          100,           1'000,          10'000,          100'000,          1'000'000,
    10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000, 100'000'000'000, 1'000'000'000'000};

/// mantissa * 10^exponent, as written; digits beyond the nineteenth are dropped.
struct Decimal {
  uint64_t mantissa = 0;
  int exponent = 0;
  bool negative = false;
  std::string_view text;

  /// nullopt when it is no number. NaN and Infinity are none.
  static std::optional<Decimal> parse(std::string_view text) noexcept;

  /// Without its sign. Divides by a power of ten rather than multiply by its inverse: the power is exact up to
  /// 10^27, the inverse never, and 1.00 must be 1.
  long double magnitude() const noexcept;

  bool is_signed() const noexcept { return !text.empty() && (text[0] == '-' || text[0] == '+'); }

  /// Divided by `rate`, if there is one, and rounded to millionths; nullopt when it is beyond 2^53, before or
  /// after. A long double has 64 bits of mantissa on x86 and more elsewhere: whole results are exact, and so is
  /// 1/0.1. Without a rate six places are taken over exactly.
  std::optional<Amount> amount(std::optional<long double> rate) const noexcept;

  /// Divided by `rate`, if there is one, and rounded to 10^-12 once. Without a rate what is written with up to
  /// twelve places is taken over exactly. nullopt when the number itself is beyond 2^53.
  std::optional<Fixed> fixed(std::optional<long double> rate) const noexcept;

  /// The nearest double; never minus zero.
  double number() const noexcept;
};

}  // namespace kilometric

// Numbers of this project: a whole part and millionths, exact up to 2^63.
//
// A counter is two wrapping 64-bit sums, each added to on its own; neither carries into the other.
// `Amount` is such a pair, or the difference of two. Text is decimal, with at most six decimals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kilometric {

constexpr int64_t kMillion = 1'000'000;
constexpr int64_t kMaxValue = int64_t{1} << 53;  ///< greatest magnitude of one emitted value

struct Amount {
  int64_t whole = 0;
  int64_t millionths = 0;

  /// Wrapping, as the counters do.
  Amount& operator+=(const Amount& other) noexcept {
    whole = static_cast<int64_t>(static_cast<uint64_t>(whole) + static_cast<uint64_t>(other.whole));
    millionths =
        static_cast<int64_t>(static_cast<uint64_t>(millionths) + static_cast<uint64_t>(other.millionths));
    return *this;
  }
  bool operator==(const Amount&) const = default;

  /// The same amount with |millionths| < 10^6 and both parts of one sign (or zero).
  Amount normalized() const noexcept;
  /// The nearest double, or one of the two nearest.
  double number() const noexcept;
  bool zero() const noexcept { return normalized() == Amount{}; }
};

/// "12", "-3.5", "0.000001": normalized, no trailing zeros. At most 28 characters.
std::string to_text(const Amount& amount);

/// Reads what to_text writes, and what the original wrote (an unsigned integer up to 2^64-1, which
/// wraps above 2^63). More than six decimals are rounded. nullopt for anything else.
std::optional<Amount> parse_amount(std::string_view text);

}  // namespace kilometric

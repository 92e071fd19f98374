#include "ingestd/parse/decimal.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <system_error>

namespace kilometric {
namespace {

constexpr auto kMost = static_cast<uint64_t>(kMaxValue);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads digits into `decimal`; `step` is what each one does to the exponent: 0 before the point,
/// -1 behind it. Returns how many there were.
size_t read_digits(const char*& p, const char* end, int step, Decimal& decimal) {
  const char* const first = p;
  constexpr uint64_t kRoom = 999'999'999'999'999'999;  // one more digit still fits 64 bits
  for (; p != end && is_digit(*p); ++p) {
    if (decimal.mantissa <= kRoom) {
      decimal.mantissa = decimal.mantissa * 10 + static_cast<uint64_t>(*p - '0');
      decimal.exponent += step;
    } else {
      decimal.exponent += step + 1;
    }
  }
  return static_cast<size_t>(p - first);
}

/// `e12`, `E-3`; false when no digit follows. Nothing in range needs more than four digits.
bool read_exponent(const char*& p, const char* end, Decimal& decimal) {
  ++p;
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  int exponent = 0;
  const char* const first = p;
  for (; p != end && is_digit(*p); ++p)
    if (exponent < 10'000) exponent = exponent * 10 + (*p - '0');
  decimal.exponent += negative ? -exponent : exponent;
  return p != first;
}

/// Six places and fewer.
std::optional<Amount> exact_amount(const Decimal& decimal) {
  static constexpr int64_t kPowers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};
  if (decimal.exponent > 0 || decimal.exponent < -6) return std::nullopt;
  const auto power = static_cast<uint64_t>(kPowers[-decimal.exponent]);
  const uint64_t whole = decimal.mantissa / power;
  const uint64_t rest = decimal.mantissa % power;
  if (whole > kMost || (whole == kMost && rest)) return std::nullopt;
  const Amount amount{static_cast<int64_t>(whole),
                      static_cast<int64_t>(rest) * (kMillion / static_cast<int64_t>(power))};
  return decimal.negative ? Amount{-amount.whole, -amount.millionths} : amount;
}

std::optional<Amount> scaled_amount(const Decimal& decimal, long double rate) {
  if (decimal.mantissa == 0) return Amount{};
  const long double size = decimal.magnitude();
  if (!(size <= static_cast<long double>(kMaxValue))) return std::nullopt;
  const long double scaled = size / rate;
  if (!(scaled <= static_cast<long double>(kMaxValue))) return std::nullopt;
  auto whole = static_cast<int64_t>(scaled);
  auto millionths = static_cast<int64_t>(
      std::llround((scaled - static_cast<long double>(whole)) * static_cast<long double>(kMillion)));
  if (millionths == kMillion) ++whole, millionths = 0;
  return decimal.negative ? Amount{-whole, -millionths} : Amount{whole, millionths};
}

Fixed with_sign(Wide units, bool negative) { return {negative ? -units : units}; }

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) noexcept {
  Decimal decimal;
  decimal.text = text;
  const char* p = text.data();
  const char* const end = p + text.size();
  if (p != end && (*p == '-' || *p == '+')) decimal.negative = *p++ == '-';
  size_t digits = read_digits(p, end, 0, decimal);
  if (p != end && *p == '.') digits += read_digits(++p, end, -1, decimal);
  if (digits == 0) return std::nullopt;
  if (p != end && (*p == 'e' || *p == 'E') && !read_exponent(p, end, decimal)) return std::nullopt;
  if (p != end) return std::nullopt;
  return decimal;
}

long double Decimal::magnitude() const noexcept {
  const auto digits = static_cast<long double>(mantissa);
  if (exponent == 0) return digits;
  const long double power = std::pow(10.0L, static_cast<long double>(std::abs(exponent)));
  return exponent < 0 ? digits / power : digits * power;
}

std::optional<Amount> Decimal::amount(std::optional<long double> rate) const noexcept {
  if (!rate)
    if (const auto exact = exact_amount(*this)) return exact;
  return scaled_amount(*this, rate.value_or(1.0L));
}

std::optional<Fixed> Decimal::fixed(std::optional<long double> rate) const noexcept {
  if (mantissa == 0) return Fixed{};
  if (!rate && exponent <= 0 && exponent >= -Fixed::kPlaces) {
    const Wide units = Wide{kPowersOfTen[Fixed::kPlaces + exponent]} * static_cast<Wide>(mantissa);
    if (units > Wide{kMaxValue} * Fixed::kOne) return std::nullopt;
    return with_sign(units, negative);
  }
  const long double size = magnitude();
  if (!(size <= static_cast<long double>(kMaxValue))) return std::nullopt;
  const long double units = size / rate.value_or(1.0L) * static_cast<long double>(Fixed::kOne);
  constexpr long double kMostUnits = 0x1p126L;
  if (!(units < kMostUnits)) return std::nullopt;
  return with_sign(static_cast<Wide>(std::round(units)), negative);
}

/// Of two doubles that are exact the quotient and the product are the nearest ones.
double Decimal::number() const noexcept {
  constexpr uint64_t kExactMantissa = uint64_t{1} << 53;
  double result = 0;
  if (mantissa == 0) return 0;
  if (mantissa <= kExactMantissa && std::abs(exponent) < static_cast<int>(std::size(kPowersOfTen))) {
    const auto power = static_cast<double>(kPowersOfTen[std::abs(exponent)]);
    result = exponent < 0 ? static_cast<double>(mantissa) / power : static_cast<double>(mantissa) * power;
    return negative ? -result : result;
  }
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  return error == std::errc() && result != 0 ? result : 0;  // what is too small for a double is zero
}

}  // namespace kilometric

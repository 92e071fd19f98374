#include "common/metric/fixed.h"

#include <algorithm>
#include <array>
#include <limits>

#include "common/varint.h"

namespace kilometric {
namespace {

constexpr UnsignedWide kMostSmall = std::numeric_limits<uint64_t>::max();

/// Before `end`. Returns where they begin, here and below.
char* put_digits(char* end, uint64_t number) noexcept {
  do *--end = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  return end;
}

/// The point and what stands behind it, without trailing zeros; nothing when all are zeros.
char* put_places(char* end, uint64_t places) noexcept {
  if (places == 0) return end;
  int left = Fixed::kPlaces;
  for (; places % 1000 == 0; places /= 1000) left -= 3;
  for (; places % 10 == 0; places /= 10) --left;
  for (; left > 0; --left, places /= 10) *--end = static_cast<char>('0' + places % 10);
  *--end = '.';
  return end;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A number that is read digit by digit; nothing goes beyond what 128 bits hold.
class Magnitude {
 public:
  explicit Magnitude(bool negative) : negative_(negative), most_(kMost + (negative ? 1 : 0)) {}

  bool append(char digit) {
    if (!is_digit(digit)) return false;
    const auto value = static_cast<UnsignedWide>(digit - '0');
    if (units_ > (most_ - value) / 10) return false;
    units_ = units_ * 10 + value;
    return true;
  }
  bool round_up() {
    if (units_ == most_) return false;
    ++units_;
    return true;
  }
  Fixed fixed() const { return {static_cast<Wide>(negative_ ? 0 - units_ : units_)}; }

 private:
  static constexpr auto kMost = static_cast<UnsignedWide>(std::numeric_limits<Wide>::max());

  bool negative_;
  UnsignedWide most_, units_ = 0;
};

}  // namespace

double Fixed::number() const noexcept {
  return static_cast<double>(static_cast<long double>(units) / static_cast<long double>(kOne));
}

std::string to_text(const Fixed& fixed) {
  const bool negative = fixed.units < 0;
  const UnsignedWide magnitude =
      negative ? 0 - static_cast<UnsignedWide>(fixed.units) : static_cast<UnsignedWide>(fixed.units);
  std::array<char, 41> text;  // is written from its end
  char* at = text.end();
  UnsignedWide whole = 0;
  if (magnitude < kMostSmall) {  // most are; and dividing 128 bits costs far more
    const auto small = static_cast<uint64_t>(magnitude);
    at = put_places(at, small % uint64_t{Fixed::kOne});
    whole = small / uint64_t{Fixed::kOne};
  } else {
    whole = magnitude / static_cast<UnsignedWide>(Fixed::kOne);
    at = put_places(at, static_cast<uint64_t>(magnitude - whole * static_cast<UnsignedWide>(Fixed::kOne)));
    for (; whole >= kMostSmall; whole /= 10) *--at = static_cast<char>('0' + static_cast<int>(whole % 10));
  }
  at = put_digits(at, static_cast<uint64_t>(whole));
  if (negative) *--at = '-';
  return {at, static_cast<size_t>(text.end() - at)};
}

std::optional<Fixed> parse_fixed(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view digits = text.substr(0, point);
  const std::string_view places = point == text.npos ? std::string_view() : text.substr(point + 1);
  if (digits.empty() && places.empty()) return std::nullopt;
  Magnitude magnitude(negative);
  for (const char c : digits)
    if (!magnitude.append(c)) return std::nullopt;
  for (size_t i = 0; i < Fixed::kPlaces; ++i)
    if (!magnitude.append(i < places.size() ? places[i] : '0')) return std::nullopt;
  if (!std::ranges::all_of(places, is_digit)) return std::nullopt;
  if (places.size() > Fixed::kPlaces && places[Fixed::kPlaces] >= '5' && !magnitude.round_up())
    return std::nullopt;
  return magnitude.fixed();
}

std::byte* put_fixed(std::byte* at, const Fixed& fixed) noexcept {
  auto code = static_cast<UnsignedWide>(fixed.units) << 1;
  if (fixed.units < 0) code = ~code;
  for (; code > kMostSmall; code >>= 7)
    *at++ = static_cast<std::byte>(static_cast<unsigned>(code & 0x7F) | 0x80);
  return put_varint(at, static_cast<uint64_t>(code));
}

const std::byte* get_fixed(const std::byte* at, const std::byte* end, Fixed& fixed) noexcept {
  uint64_t low = 0;
  unsigned bits = 0;
  for (; bits < 63 && at < end; bits += 7) {
    const auto byte = static_cast<uint64_t>(*at++);
    low |= (byte & 0x7F) << bits;
    if (byte >= 0x80) continue;
    fixed.units = at_place(low);
    return at;
  }
  UnsignedWide code = low;
  for (unsigned shift = bits; shift < 128 && at < end; shift += 7) {
    const auto byte = static_cast<unsigned>(*at++);
    code |= static_cast<UnsignedWide>(byte & 0x7F) << shift;
    if (byte >= 0x80) continue;
    fixed.units = static_cast<Wide>((code >> 1) ^ (0 - (code & 1)));
    return at;
  }
  return nullptr;
}

}  // namespace kilometric

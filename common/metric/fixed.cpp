#include "common/metric/fixed.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace kilometric {
namespace {

__extension__ using UnsignedWide = unsigned __int128;

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
  const auto one = static_cast<UnsignedWide>(Fixed::kOne);
  std::string text = fmt::format("{}{}", negative ? "-" : "", magnitude / one);
  const auto places = static_cast<uint64_t>(magnitude % one);
  if (places == 0) return text;
  text += fmt::format(".{:012}", places);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
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
  for (; code >= 0x80; code >>= 7) *at++ = static_cast<std::byte>(static_cast<unsigned>(code & 0x7F) | 0x80);
  *at++ = static_cast<std::byte>(code);
  return at;
}

const std::byte* get_fixed(const std::byte* at, const std::byte* end, Fixed& fixed) noexcept {
  UnsignedWide code = 0;
  for (unsigned shift = 0; shift < 128 && at < end; shift += 7) {
    const auto byte = static_cast<unsigned>(*at++);
    code |= static_cast<UnsignedWide>(byte & 0x7F) << shift;
    if (byte >= 0x80) continue;
    fixed.units = static_cast<Wide>((code >> 1) ^ (0 - (code & 1)));
    return at;
  }
  return nullptr;
}

}  // namespace kilometric

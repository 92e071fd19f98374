#include "tool/show/number.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>

namespace kilometric::tool {
namespace {

std::string with_commas(std::string_view digits) {
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string_view without_zeros(std::string_view fraction) {
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  return fraction;
}

}  // namespace

std::string readable(std::string_view number) {
  if (number.empty()) return "-";
  if (number.find_first_of("eE") != std::string_view::npos)
    return fmt::format("{:.4g}", std::strtod(std::string(number).c_str(), nullptr));
  const bool negative = number.front() == '-';
  if (negative) number.remove_prefix(1);
  const size_t point = std::min(number.find('.'), number.size());
  const std::string_view whole = number.substr(0, point);
  std::string_view fraction = number.substr(std::min(point + 1, number.size()));
  if (fraction.size() > 6) {  // of a double: exact ones have at most six decimals
    const std::string cut = fmt::format("{:.{}f}", std::strtod(std::string(number).c_str(), nullptr),
                                        whole == "0" ? 4 : std::max(0, 4 - static_cast<int>(whole.size())));
    return readable(fmt::format("{}{}", negative ? "-" : "", cut));
  }
  fraction = without_zeros(fraction);
  return fmt::format("{}{}{}{}", negative ? "-" : "", with_commas(whole), fraction.empty() ? "" : ".",
                     fraction);
}

std::string brief(double number) {
  static constexpr std::array<const char*, 6> kUnits = {"", "k", "M", "G", "T", "P"};
  if (number < 0) return "-" + brief(-number);
  if (number == 0) return "0";
  if (number < 0.001 || number >= 1e18) return fmt::format("{:.0e}", number);
  size_t unit = 0;
  while (number >= 999.5 && unit + 1 < kUnits.size()) {
    number /= 1000;
    ++unit;
  }
  const int decimals = number >= 99.95 ? 0 : number >= 9.995 ? 1 : number >= 0.9995 ? 2 : 3;
  std::string text = fmt::format("{:.{}f}", number, decimals);
  if (decimals > 0) text = without_zeros(text);
  if (text.ends_with('.')) text.pop_back();
  return text + kUnits[unit];
}

std::string brief_of(const std::string& number) {
  const std::string full = readable(number);
  return full.size() <= 7 ? full : brief(std::strtod(number.c_str(), nullptr));
}

std::string change_of(double before, double now) {
  if (before == 0 || !std::isfinite(before) || !std::isfinite(now)) return "-";
  const double change = (now - before) / std::abs(before) * 100;
  if (std::abs(change) >= 10'000) return change > 0 ? "more" : "less";
  return fmt::format("{:+.{}f} %", change, std::abs(change) < 99.95 ? 1 : 0);
}

}  // namespace kilometric::tool

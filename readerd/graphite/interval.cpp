#include "readerd/graphite/interval.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace kilometric::graphite {
namespace {

// The longer of two that begin alike comes first.
constexpr std::pair<std::string_view, int64_t> kUnits[] = {
    {"mon", 30 * 86'400}, {"min", 60},         {"s", 1}, {"h", 3600}, {"d", 86'400},
    {"w", 7 * 86'400},    {"y", 365 * 86'400},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <class Is>
std::string_view take_while(std::string_view& text, Is is) {
  const auto end = std::find_if_not(text.begin(), text.end(), is);
  const std::string_view taken = text.substr(0, static_cast<size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

std::optional<int64_t> unit_seconds(std::string_view unit) {
  if (unit == "m") return 60;
  for (const auto& [start, seconds] : kUnits)
    if (unit.starts_with(start)) return seconds;
  return std::nullopt;
}

std::optional<int64_t> take_part(std::string_view& text) {
  const std::string_view digits = take_while(text, is_digit);
  const auto unit = unit_seconds(take_while(text, is_letter));
  int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (digits.empty() || error != std::errc() || !unit || count > kLongestInterval / *unit) return std::nullopt;
  return count * *unit;
}

}  // namespace

std::optional<int64_t> read_interval(std::string_view text) {
  const bool back = text.starts_with('-');
  if (back || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int64_t sum = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || sum + *part > kLongestInterval) return std::nullopt;
    sum += *part;
  }
  return back ? -sum : sum;
}

}  // namespace kilometric::graphite

#include "readerd/moment.h"

#include <algorithm>

namespace kilometric {
namespace {

struct Unit {
  std::string_view name;
  uint64_t ms;
};

constexpr uint64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr Unit kUnits[] = {{"s", kSecond}, {"sec", kSecond}, {"m", kMinute}, {"min", kMinute},
                           {"h", kHour},   {"d", kDay},      {"w", 7 * kDay}};

/// The milliseconds of "15min"; one that reaches back before the epoch gives the greatest number.
std::optional<uint64_t> parse_duration(std::string_view text) {
  const size_t letters = text.find_first_not_of("0123456789");
  if (letters == std::string_view::npos) return std::nullopt;
  const auto count = parse_digits(text.substr(0, letters));
  const auto unit = std::ranges::find(kUnits, text.substr(letters), &Unit::name);
  if (!count || unit == std::end(kUnits)) return std::nullopt;
  return *count > kMostMs / unit->ms ? kMostMs : *count * unit->ms;
}

}  // namespace

std::optional<StreamId> parse_moment(std::string_view text, Edge edge, uint64_t now_ms) {
  const auto at = [edge](uint64_t ms) {
    return StreamId{ms, edge == Edge::from ? 0 : kMostSequence};
  };
  if (text == "-") return kFirstId;
  // In a URL a bare '+' stands for a blank, so that is what `to=+` arrives as.
  if (text == "+" || text == " ") return kLastId;
  if (text == "now") return at(now_ms);
  if (text.starts_with('-')) {
    const auto duration = parse_duration(text.substr(1));
    if (!duration) return std::nullopt;
    return at(now_ms - std::min(now_ms, *duration));
  }
  if (const auto ms = parse_digits(text)) return at(*ms);
  return parse_stream_id(text);
}

}  // namespace kilometric

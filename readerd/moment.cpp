#include "readerd/moment.h"

#include <date/date.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>

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

/// In a URL a bare '+' stands for a blank, so that is what `+02:00` arrives as.
std::optional<uint64_t> parse_date_time(std::string_view text) {
  constexpr size_t kDateBytes = 10;
  if (text.size() <= kDateBytes || (text[kDateBytes] != 'T' && text[kDateBytes] != 't')) return std::nullopt;
  std::string spelled(text);
  spelled[kDateBytes] = 'T';
  std::replace(spelled.begin(), spelled.end(), ' ', '+');
  if (spelled.back() == 'Z' || spelled.back() == 'z') spelled.replace(spelled.size() - 1, 1, "+00:00");
  std::istringstream stream(spelled);
  date::sys_time<std::chrono::milliseconds> time;
  stream >> date::parse("%FT%T%Ez", time);
  if (stream.fail() || stream.peek() != std::char_traits<char>::eof()) return std::nullopt;
  const auto ms = time.time_since_epoch().count();
  if (ms < 0) return std::nullopt;
  return static_cast<uint64_t>(ms);
}

}  // namespace

std::optional<StreamId> parse_moment(std::string_view text, Edge edge, uint64_t now_ms) {
  const auto at = [edge](uint64_t ms) {
    return StreamId{ms, edge == Edge::from ? 0 : kMostSequence};
  };
  if (text == "-") return kFirstId;
  if (text == "+" || text == " ") return kLastId;
  if (text == "now") return at(now_ms);
  if (text.starts_with('-')) {
    const auto duration = parse_duration(text.substr(1));
    if (!duration) return std::nullopt;
    return at(now_ms - std::min(now_ms, *duration));
  }
  if (const auto ms = parse_digits(text)) return at(*ms);
  if (const auto ms = parse_date_time(text)) return at(*ms);
  return parse_stream_id(text);
}

}  // namespace kilometric

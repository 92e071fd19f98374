#include "readerd/query/moment.h"

#include <algorithm>

#include "readerd/query/date_time.h"

namespace kilometric {
namespace {

struct Unit {
  std::string_view name;
  uint64_t ms;
};

constexpr uint64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr Unit kUnits[] = {{"s", kSecond}, {"sec", kSecond}, {"m", kMinute}, {"min", kMinute},
                           {"h", kHour},   {"d", kDay},      {"w", 7 * kDay}};

/// The sum, or the greatest number.
uint64_t add(uint64_t a, uint64_t b) { return b > kMostMs - a ? kMostMs : a + b; }

/// Cuts "15min" off the front and returns its milliseconds; one that is too long gives the greatest number.
std::optional<uint64_t> next_duration(std::string_view& text) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t letters = std::min(text.find_first_not_of(kDigits), text.size());
  const size_t end = std::min(text.find_first_of(kDigits, letters), text.size());
  const auto count = parse_digits(text.substr(0, letters));
  const auto unit = std::ranges::find(kUnits, text.substr(letters, end - letters), &Unit::name);
  if (!count || unit == std::end(kUnits)) return std::nullopt;
  text.remove_prefix(end);
  return *count > kMostMs / unit->ms ? kMostMs : *count * unit->ms;
}

/// The milliseconds of "15min" and "1h30m".
std::optional<uint64_t> parse_durations(std::string_view text) {
  uint64_t sum = 0;
  do {
    const auto duration = next_duration(text);
    if (!duration) return std::nullopt;
    sum = add(sum, *duration);
  } while (!text.empty());
  return sum;
}

/// "now", "-15min", "now-15min", "now+15min". In a URL a bare '+' stands for a blank, so that is what it
/// arrives as.
std::optional<uint64_t> parse_relative(std::string_view text, uint64_t now_ms) {
  const bool named = text.starts_with("now");
  if (named) text.remove_prefix(3);
  if (text.empty()) return named ? std::optional(now_ms) : std::nullopt;
  const bool back = text.front() == '-', forth = named && (text.front() == '+' || text.front() == ' ');
  const auto duration = back || forth ? parse_durations(text.substr(1)) : std::nullopt;
  if (!duration) return std::nullopt;
  return back ? now_ms - std::min(now_ms, *duration) : add(now_ms, *duration);
}

/// The milliseconds of "1603303544" and "1603303544.893".
std::optional<uint64_t> parse_seconds(std::string_view text) {
  constexpr size_t kSecondsDigits = 10;
  const auto seconds = parse_digits(text.substr(0, kSecondsDigits));
  if (text.size() < kSecondsDigits || !seconds || text.front() == '0') return std::nullopt;
  if (text.size() == kSecondsDigits) return *seconds * kSecond;
  const auto ms = text[kSecondsDigits] == '.' ? parse_fraction(text.substr(kSecondsDigits + 1)) : std::nullopt;
  if (!ms) return std::nullopt;
  return *seconds * kSecond + static_cast<uint64_t>(*ms);
}

std::optional<uint64_t> parse_ms(std::string_view text, uint64_t now_ms) {
  if (const auto ms = parse_relative(text, now_ms)) return ms;
  if (const auto ms = parse_seconds(text)) return ms;
  if (const auto ms = parse_digits(text)) return ms;
  return parse_date_time(text);
}

}  // namespace

std::optional<StreamId> parse_moment(std::string_view text, Edge edge, uint64_t now_ms,
                                     const date::time_zone* zone) {
  const auto at = [edge](uint64_t ms) { return StreamId{ms, edge == Edge::from ? 0 : kMostSequence}; };
  if (text == "-") return kFirstId;
  if (text == "+" || text == " ") return kLastId;
  if (const auto ms = parse_ms(text, now_ms)) return at(*ms);
  if (const auto day = parse_date(text, zone)) return at(edge == Edge::from ? day->first : day->last);
  return parse_stream_id(text);
}

}  // namespace kilometric

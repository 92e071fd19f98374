#include "readerd/query/moment.h"

#include <date/date.h>

#include <algorithm>
#include <chrono>

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

/// Cuts off the next `digits` digits and the character behind them, which is one of `ends`. nullopt when the
/// text does not begin so.
std::optional<int> next_number(std::string_view& text, size_t digits, std::string_view ends) {
  const auto number = parse_digits(text.substr(0, digits));
  if (!number || text.size() <= digits || ends.find(text[digits]) == std::string_view::npos)
    return std::nullopt;
  text.remove_prefix(digits + 1);
  return static_cast<int>(*number);
}

/// The milliseconds of `.893Z` and `.8+02:00`, of which the dot has been cut off; what follows stays.
std::optional<int> next_fraction(std::string_view& text) {
  int ms = 0, digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
    if (digits++ < 3) ms = ms * 10 + (text.front() - '0');
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) ms *= 10;
  return ms;
}

/// Minutes from UTC: `Z`, `+02:00`. In a URL a bare '+' stands for a blank, so that is what it arrives as.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || std::string_view("+- ").find(text.front()) == std::string_view::npos)
    return std::nullopt;
  const bool west = text.front() == '-';
  const auto hours = parse_digits(text.substr(1, 2)), minutes = parse_digits(text.substr(4));
  if (!hours || !minutes || text[3] != ':' || *hours > 23 || *minutes > 59) return std::nullopt;
  const int offset = static_cast<int>(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

std::optional<uint64_t> parse_date_time(std::string_view text) {
  const auto year = next_number(text, 4, "-"), month = next_number(text, 2, "-"),
             day = next_number(text, 2, "Tt"), hour = next_number(text, 2, ":"),
             minute = next_number(text, 2, ":");
  if (!year || !month || !day || !hour || !minute || text.size() < 3) return std::nullopt;
  const auto second = parse_digits(text.substr(0, 2));
  text.remove_prefix(2);
  std::optional<int> ms = 0;
  if (text.front() == '.') {
    text.remove_prefix(1);
    ms = next_fraction(text);
  }
  const auto offset = parse_offset(text);
  const date::year_month_day date(date::year(*year), date::month(static_cast<unsigned>(*month)),
                                  date::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || !second || *second > 60 || !ms || !offset)
    return std::nullopt;
  const auto time = std::chrono::milliseconds(date::sys_days(date).time_since_epoch()) +
                    std::chrono::hours(*hour) + std::chrono::minutes(*minute - *offset) +
                    std::chrono::seconds(*second) + std::chrono::milliseconds(*ms);
  if (time.count() < 0) return std::nullopt;
  return static_cast<uint64_t>(time.count());
}

}  // namespace

std::optional<StreamId> parse_moment(std::string_view text, Edge edge, uint64_t now_ms) {
  const auto at = [edge](uint64_t ms) { return StreamId{ms, edge == Edge::from ? 0 : kMostSequence}; };
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

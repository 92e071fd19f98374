#include "readerd/query/date_time.h"

#include <date/date.h>
#include <date/tz.h>

#include <algorithm>
#include <chrono>

#include "common/redis/stream_id.h"

namespace kilometric {
namespace {

constexpr size_t kDateBytes = 10;

/// `2020-10-21`, by whatever calendar.
std::optional<date::year_month_day> calendar_date(std::string_view text) {
  if (text.size() != kDateBytes || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_digits(text.substr(0, 4)), month = parse_digits(text.substr(5, 2)),
             day = parse_digits(text.substr(8));
  if (!year || !month || !day) return std::nullopt;
  const date::year_month_day date(date::year(static_cast<int>(*year)),
                                  date::month(static_cast<unsigned>(*month)),
                                  date::day(static_cast<unsigned>(*day)));
  return date.ok() ? std::optional(date) : std::nullopt;
}

/// Where a zone skips midnight, its day begins at the hour that comes instead.
int64_t midnight(date::local_days day, const date::time_zone* zone) {
  const auto local = std::chrono::milliseconds(day.time_since_epoch());
  if (!zone) return local.count();
  return zone->to_sys(date::local_time<std::chrono::milliseconds>(local), date::choose::earliest)
      .time_since_epoch()
      .count();
}

/// `18:05:44`
std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = parse_digits(text.substr(0, 2)), minute = parse_digits(text.substr(3, 2)),
             second = parse_digits(text.substr(6));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::seconds(*hour * 3600 + *minute * 60 + *second);
}

/// From UTC: `Z`, `+02:00`. In a URL a bare '+' stands for a blank, so that is what it arrives as.
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  if (text.size() != 6 || std::string_view("+- ").find(text.front()) == std::string_view::npos)
    return std::nullopt;
  const bool west = text.front() == '-';
  const auto hours = parse_digits(text.substr(1, 2)), minutes = parse_digits(text.substr(4));
  if (!hours || !minutes || text[3] != ':' || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::minutes(static_cast<int64_t>(*hours * 60 + *minutes));
  return west ? -offset : offset;
}

}  // namespace

std::optional<Day> parse_date(std::string_view text, const date::time_zone* zone) {
  const auto date = calendar_date(text);
  if (!date) return std::nullopt;
  const date::local_days day(*date);
  const int64_t first = midnight(day, zone), end = midnight(day + date::days(1), zone);
  if (end <= 0) return std::nullopt;
  return Day{static_cast<uint64_t>(std::max<int64_t>(first, 0)),
             static_cast<uint64_t>(std::max(end - 1, first))};  // a day that a zone skips is a moment
}

std::optional<uint64_t> parse_date_time(std::string_view text) {
  constexpr size_t kTimeBytes = 8;
  if (text.size() <= kDateBytes + 1 + kTimeBytes || (text[kDateBytes] != 'T' && text[kDateBytes] != 't'))
    return std::nullopt;
  const auto date = calendar_date(text.substr(0, kDateBytes));
  const auto time = time_of_day(text.substr(kDateBytes + 1, kTimeBytes));
  text.remove_prefix(kDateBytes + 1 + kTimeBytes);
  std::optional<int> ms = 0;
  if (text.front() == '.') {
    const size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    ms = parse_fraction(text.substr(1, end - 1));
    text.remove_prefix(end);
  }
  const auto offset = parse_offset(text);
  if (!date || !time || !ms || !offset) return std::nullopt;
  const auto moment = std::chrono::milliseconds(date::sys_days(*date).time_since_epoch()) + *time - *offset +
                      std::chrono::milliseconds(*ms);
  if (moment.count() < 0) return std::nullopt;
  return static_cast<uint64_t>(moment.count());
}

std::optional<int> parse_fraction(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  int ms = 0;
  for (size_t i = 0; i < 3; ++i) ms = ms * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return ms;
}

}  // namespace kilometric

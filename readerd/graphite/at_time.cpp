#include "readerd/graphite/at_time.h"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>

#include "readerd/graphite/interval.h"

namespace kilometric::graphite {
namespace {

using Seconds = std::optional<int64_t>;

constexpr int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::string_view kDigits = "0123456789";

struct Word {
  std::string_view text;
  int64_t number;
};

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// Digits alone.
std::optional<int64_t> number_of(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole =
      error == std::errc() && end == text.data() + text.size() && number >= 0 && text.front() != '-';
  return whole ? std::optional(number) : std::nullopt;
}

int64_t day_start(int64_t seconds) { return seconds - seconds % kDay; }

Seconds date_of(int64_t year, int64_t month, int64_t day) {
  if (year < 1970 || year > 9999) return std::nullopt;
  const date::year_month_day date{date::year(static_cast<int>(year)), date::month(static_cast<unsigned>(month)),
                                  date::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return date::sys_days(date).time_since_epoch().count() * kDay;
}

/// 20251125
Seconds eight_digits(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  const auto year = number_of(text.substr(0, 4)), month = number_of(text.substr(4, 2)),
             day = number_of(text.substr(6));
  return year && month && day ? date_of(*year, *month, *day) : std::nullopt;
}

/// 11/25/25, 11/25/2025
Seconds slashed(std::string_view text) {
  const size_t first = text.find('/');
  const size_t second = first == text.npos ? first : text.find('/', first + 1);
  if (second == text.npos) return std::nullopt;
  const auto month = number_of(text.substr(0, first)),
             day = number_of(text.substr(first + 1, second - first - 1));
  auto year = number_of(text.substr(second + 1));
  if (!month || !day || !year || *month > 12 || *day > 31) return std::nullopt;
  if (*year < 70) *year += 2000;
  if (*year < 100) *year += 1900;
  return date_of(*year, *month, *day);
}

/// november25, by the year that it is
Seconds month_and_day(std::string_view text, int64_t now) {
  const auto month = std::ranges::find(kMonths, text.substr(0, 3));
  const size_t digits = text.find_first_of(kDigits);
  if (month == kMonths.end() || digits == text.npos) return std::nullopt;
  const auto day = number_of(text.substr(digits));
  if (!day || *day > 31) return std::nullopt;
  const date::year_month_day today{date::sys_days(date::days(now / kDay))};
  return date_of(static_cast<int>(today.year()), month - kMonths.begin() + 1, *day);
}

/// The last of that name, today's if it is one
Seconds weekday(std::string_view text, int64_t now) {
  const auto day = std::ranges::find(kWeekdays, text.substr(0, 3));
  if (day == kWeekdays.end()) return std::nullopt;
  constexpr int64_t kThursday = 4;  // 1970-01-01
  const int64_t today = (now / kDay + kThursday) % 7, ago = (today - (day - kWeekdays.begin()) + 7) % 7;
  return day_start(now) - ago * kDay;
}

Seconds day_of(std::string_view text, int64_t now) {
  if (text.empty() || text == "today") return day_start(now);
  if (text == "yesterday") return day_start(now) - kDay;
  if (text == "tomorrow") return day_start(now) + kDay;
  if (const Seconds day = eight_digits(text)) return day;
  if (const Seconds day = slashed(text)) return day;
  if (const Seconds day = month_and_day(text, now)) return day;
  return weekday(text, now);
}

/// Cuts "16:00", "4pm" or "noon" off the front, with the underscore behind it; 0 when there is none.
Seconds take_time(std::string_view& text) {
  constexpr std::array kNamed{Word{"midnight", 0}, Word{"noon", 12 * kHour}, Word{"teatime", 16 * kHour}};
  int64_t seconds = 0;
  const auto named =
      std::ranges::find_if(kNamed, [&](const Word& word) { return text.starts_with(word.text); });
  const size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
  std::string_view rest = text;
  if (named != kNamed.end()) {
    seconds = named->number;
    rest.remove_prefix(named->text.size());
  } else if (digits > 0 && digits <= 2) {
    seconds = *number_of(text.substr(0, digits)) * kHour;
    rest.remove_prefix(digits);
    const bool minutes = rest.starts_with(':');
    if (minutes) {
      const auto count = rest.size() >= 3 ? number_of(rest.substr(1, 2)) : std::nullopt;
      if (!count || *count > 59) return std::nullopt;
      seconds += *count * kMinute;
      rest.remove_prefix(3);
    }
    const bool am = rest.starts_with("am"), pm = rest.starts_with("pm");
    if (!minutes && !am && !pm) return 0;
    if (am || pm) rest.remove_prefix(2);
    if (pm && seconds < 12 * kHour) seconds += 12 * kHour;
    if (seconds > kDay) return std::nullopt;
  } else {
    return 0;
  }
  if (!rest.empty() && rest.front() == '_') rest.remove_prefix(1);
  text = rest;
  return seconds;
}

Seconds reference(std::string_view text, int64_t now) {
  if (text.empty() || text == "now") return now;
  const Seconds time = take_time(text);
  if (!time) return std::nullopt;
  const Seconds day = day_of(text, now);
  return day ? Seconds(*day + *time) : std::nullopt;
}

/// In small letters, without blanks: "noon yesterday" is "noonyesterday".
std::string plain(std::string_view text) {
  std::string letters;
  for (const char c : text)
    if (c != ' ' && c != ',') letters += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return letters;
}

}  // namespace

std::optional<int64_t> parse_at_time(std::string_view text, int64_t now) {
  const std::string letters = plain(text);
  const std::string_view all = letters;
  if (all.empty()) return std::nullopt;
  if (all.find_first_not_of(kDigits) == all.npos) {
    const Seconds day = eight_digits(all);
    return day ? day : number_of(all);
  }
  const size_t sign = std::min(all.find_first_of("+-"), all.size());
  const Seconds from = reference(all.substr(0, sign), now);
  const Seconds offset = sign == all.size() ? Seconds(0) : read_interval(all.substr(sign));
  if (!from || !offset) return std::nullopt;
  return std::max<int64_t>(*from + *offset, 0);
}

}  // namespace kilometric::graphite

#include "readerd/series/period.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>

#include "common/redis/layout.h"

namespace kilometric {
namespace {

using std::chrono::milliseconds;
constexpr uint64_t kMinuteMs = 60'000;

using SysTime = date::sys_time<milliseconds>;

/// Behind the year 9999. What lies there has no date in any zone, and is cut into days of UTC.
constexpr uint64_t kEndOfDates = 253'402'300'800'000;

/// Rules of zones are looked at no further than the year 2100: nobody knows them, and looking takes time.
constexpr uint64_t kLastRuleMs = 4'102'444'800'000;

SysTime time_of(uint64_t ms) { return SysTime(milliseconds(static_cast<int64_t>(ms))); }

uint64_t ms_of(SysTime time) {
  return static_cast<uint64_t>(std::max<int64_t>(time.time_since_epoch().count(), 0));
}

/// Days are numbered from 1970-01-01 on, by the zone's own calendar.
int64_t day_of(const date::time_zone& zone, uint64_t ms) {
  return date::floor<date::days>(zone.to_local(time_of(ms))).time_since_epoch().count();
}

/// Where a zone skips midnight, its day begins at the hour that comes instead.
uint64_t midnight(const date::time_zone& zone, int64_t day) {
  const auto local = date::local_days(date::days(day));
  return ms_of(zone.to_sys(date::local_time<milliseconds>(local), date::choose::earliest));
}

}  // namespace

Period Period::days(uint64_t count, const date::time_zone* zone) {
  return Period(count * layout::kDayMs, zone);
}

const date::time_zone* Period::find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  }
}

uint64_t Period::start_of(uint64_t ms) const {
  if (zone_ == nullptr) return ms - ms % ms_;
  if (ms >= kEndOfDates) return std::max(ms - ms % ms_, kEndOfDates);
  return start_of_number(number_of(ms));
}

uint64_t Period::next(uint64_t start) const {
  if (zone_ != nullptr && start < kEndOfDates)
    return std::min(start_of_number(number_of(start) + 1), kEndOfDates);
  const uint64_t whole = start - start % ms_;  // less than the start only where dates end
  return whole > kMostMs - ms_ ? kMostMs : whole + ms_;
}

/// The number of the bucket that holds `ms`: the one that begins last of those that have begun. It is not
/// always that of the day which the calendar shows, as clocks that are put back behind midnight show a day
/// again.
int64_t Period::number_of(uint64_t ms) const {
  const auto count = static_cast<int64_t>(ms_ / layout::kDayMs);
  const int64_t day = day_of(*zone_, ms);
  int64_t number = (day - ((day % count) + count) % count) / count;
  while (start_of_number(number + 1) <= ms) ++number;
  return number;
}

/// Where a zone skips a day, two numbers may have the same start: the bucket of the first is empty.
uint64_t Period::start_of_number(int64_t number) const {
  return midnight(*zone_, number * static_cast<int64_t>(ms_ / layout::kDayMs));
}

uint64_t Period::grain(const IdRange& range) const {
  if (zone_ == nullptr && ms_ % layout::kDayMs == 0) return layout::kDayMs;
  for (const uint64_t unit : {layout::kHourMs, kMinuteMs})
    if (zone_ != nullptr ? whole(milliseconds(unit), range) : ms_ % unit == 0) return unit;
  return 0;
}

/// True when the zone is whole units from UTC all the time.
bool Period::whole(milliseconds unit, const IdRange& range) const {
  const uint64_t last = std::min(range.to.ms, kLastRuleMs);
  for (uint64_t ms = range.from.ms; ms <= last;) {
    const date::sys_info info = zone_->get_info(time_of(ms));
    if (info.offset % unit != milliseconds::zero()) return false;
    const auto end = std::chrono::time_point_cast<milliseconds>(info.end);
    if (end >= time_of(last)) break;
    ms = ms_of(end);
  }
  return true;
}

std::string Period::text() const { return std::to_string(ms_) + (zone_ == nullptr ? "" : zone_->name()); }

uint64_t Period::buckets_between(uint64_t first_ms, uint64_t last_ms) const {
  if (is_whole()) return 1;
  if (last_ms < first_ms) return 0;
  if (zone_ == nullptr) return last_ms / ms_ - first_ms / ms_ + 1;
  const uint64_t shortest = ms_ - layout::kDayMs / 6;  // a day that skips hours
  return (last_ms - first_ms) / shortest + 3;          // and once a zone skips a day
}

}  // namespace kilometric

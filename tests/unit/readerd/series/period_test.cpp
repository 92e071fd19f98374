#define USE_OS_TZDB 1  // as the library was built: it decides what a zone looks like in memory
#include "readerd/series/period.h"

#include <date/tz.h>
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/redis/layout.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

constexpr uint64_t kDay = layout::kDayMs, kHour = layout::kHourMs;
constexpr IdRange kYear2026{{1767225600000, 0}, {1798761599999, kMostSequence}};

Period days_in(const char* zone, uint64_t count = 1) {
  const auto* found = Period::find_zone(zone);
  REQUIRE(found);
  return Period::days(count, found);
}

/// The moments since 1970 at which the zone's clocks are put forward or back.
std::vector<uint64_t> changes_of(const date::time_zone& zone, int64_t until_ms) {
  std::vector<uint64_t> changes;
  const date::sys_seconds end{std::chrono::seconds(until_ms / 1000)};
  for (date::sys_seconds at{};;) {
    const date::sys_info info = zone.get_info(at);
    if (info.end >= end) return changes;
    at = info.end;
    if (zone.get_info(at).offset != info.offset)
      changes.push_back(static_cast<uint64_t>(at.time_since_epoch().count()) * 1000);
  }
}

/// Whether the bucket that holds `ms` and the one behind it hold what they should, and touch.
bool fit(const Period& period, uint64_t ms) {
  const uint64_t start = period.start_of(ms), next = period.next(start), after = period.next(next);
  return start <= ms && ms < next && next < after && period.start_of(start) == start &&
         period.start_of(next - 1) == start && period.start_of(next) == next &&
         period.start_of(after - 1) == next;
}

}  // namespace

TEST_CASE("periods of seconds are counted from the epoch") {
  const Period minute = Period::seconds(60);
  CHECK(minute.start_of(119'999) == 60'000);
  CHECK(minute.next(60'000) == 120'000);
  CHECK(Period::seconds(7).start_of(20'999) == 14'000);
  CHECK(minute.next(kMostMs - 5) == kMostMs);
}

TEST_CASE("days of a zone go from midnight to midnight, over the change of clocks") {
  const Period day = days_in("Europe/Vienna");
  const uint64_t spring = 1774738800000;  // 2026-03-29T00:00+01:00, a day of 23 hours
  CHECK(day.start_of(spring) == spring);
  CHECK(day.start_of(spring - 1) == spring - kDay);
  CHECK(day.next(spring) == spring + 23 * kHour);
  CHECK(day.start_of(spring + 23 * kHour - 1) == spring);
  const uint64_t autumn = 1792879200000;  // 2026-10-25T00:00+02:00, a day of 25 hours
  CHECK(day.next(autumn) == autumn + 25 * kHour);
  CHECK(day.start_of(autumn + 25 * kHour - 1) == autumn);
}

TEST_CASE("weeks of a zone") {
  const Period week = days_in("America/New_York", 7);
  const uint64_t start = week.start_of(1774738800000);
  CHECK(week.start_of(start) == start);
  CHECK(week.start_of(start - 1) < start);
  CHECK(week.next(week.start_of(start - 1)) == start);
}

TEST_CASE("a zone that skips midnight begins its day at one") {
  const Period day = days_in("America/Santiago");  // 2022-09-11: from 24:00 to 01:00
  const uint64_t one_o_clock = 1662868800000 + kHour * 0;
  CHECK(day.start_of(one_o_clock + kHour) == one_o_clock);
  CHECK(day.next(day.start_of(one_o_clock - 1)) == one_o_clock);
}

TEST_CASE("a zone that skips a day: none of Friday 2011-12-30 in Samoa") {
  const uint64_t saturday = 1325239200000;  // 2011-12-31T00:00+14:00, right behind Thursday's end
  const Period day = days_in("Pacific/Apia");
  CHECK(day.start_of(saturday) == saturday);
  CHECK(day.next(day.start_of(saturday - 1)) == saturday);
  const Period two_days = days_in("Pacific/Apia", 2);
  CHECK(two_days.start_of(saturday - 1) == saturday - 2 * kDay);
  CHECK(two_days.start_of(saturday) == saturday);
  CHECK(two_days.next(saturday) == saturday + kDay);
  CHECK(two_days.start_of(saturday + kDay) == saturday + kDay);
}

TEST_CASE("a zone that goes back over midnight: a day that is shown twice is one") {
  const Period day = days_in("America/St_Johns");
  const uint64_t midnight = 1162089000000;  // 2006-10-29T00:00-02:30; a minute later it is 23:01 again
  CHECK(day.start_of(midnight) == midnight);
  CHECK(day.start_of(midnight + kHour / 2) == midnight);
  CHECK(day.next(day.start_of(midnight - 1)) == midnight);
  CHECK(day.next(midnight) == midnight + 25 * kHour);
}

TEST_CASE("buckets touch and do not overlap, in any zone") {
  constexpr int64_t kUntil = 2'208'988'800'000;  // 2040
  size_t zones = 0, wrong = 0;
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    ++zones;
    for (const uint64_t change : changes_of(zone, kUntil))
      for (const uint64_t count : {1, 2, 3, 7}) {
        const Period period = Period::days(count, &zone);
        for (const uint64_t ms : {change - 1, change, change + kHour})
          if (!fit(period, ms) && ++wrong < 20) FAIL_CHECK(zone.name(), " ", count, " days, ", ms);
      }
  }
  CHECK(zones > 300);
  CHECK(wrong == 0);
}

TEST_CASE("buckets touch where dates end") {
  for (const char* zone : {"UTC", "Pacific/Kiritimati", "Pacific/Honolulu"})
    for (const uint64_t count : {1, 2, 7, 365}) {
      const Period period = days_in(zone, count);
      for (uint64_t ms = 253'402'300'800'000 - 3 * kDay; ms < 253'402'300'800'000 + 3 * kDay; ms += 5 * kHour)
        CHECK_MESSAGE(fit(period, ms), zone, " ", count, " ", ms);
    }
}

TEST_CASE("no hour of a tier straddles two buckets of a zone of whole hours, nor does a minute") {
  constexpr IdRange kAll{{0, 0}, {2'208'988'800'000, 0}};
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    const Period period = Period::days(1, &zone);
    const uint64_t grain = period.grain(kAll);
    if (grain == 0) continue;
    for (const uint64_t change : changes_of(zone, 2'208'988'800'000))
      CHECK_MESSAGE(period.next(period.start_of(change)) % grain == 0, zone.name(), " ", change);
  }
}

TEST_CASE("times before the epoch and at the end of time") {
  const Period day = days_in("Asia/Tokyo");
  CHECK(day.start_of(0) == 0);  // its midnight was before the epoch
  CHECK(day.start_of(kMostMs) <= kMostMs);
  CHECK(day.next(kMostMs - 1) == kMostMs);
}

TEST_CASE("which tiers a period can be made of") {
  CHECK(Period::whole().grain(kYear2026) == kDay);
  CHECK(Period::seconds(86'400).grain(kYear2026) == kDay);
  CHECK(Period::seconds(7'200).grain(kYear2026) == kHour);
  CHECK(Period::seconds(90'000).grain(kYear2026) == kHour);
  CHECK(Period::seconds(5'400).grain(kYear2026) == 60'000);
  CHECK(days_in("Europe/Vienna").grain(kYear2026) == kHour);
  CHECK(days_in("Asia/Kolkata").grain(kYear2026) == 60'000);
  CHECK(days_in("Australia/Lord_Howe").grain(kYear2026) == 60'000);  // half an hour in summer only
  CHECK(days_in("Europe/Vienna").grain({}) == kHour);
  CHECK(Period::seconds(10).grain(kYear2026) == 0);
}

TEST_CASE("there are no other zones") {
  for (const char* name : {"", "Nowhere", "Europe/", "../etc/passwd", "/etc/localtime"})
    CHECK_MESSAGE(Period::find_zone(name) == nullptr, name);
}

TEST_CASE("how many buckets there may be") {
  CHECK(Period::whole().buckets_between(0, kMostMs) == 1);
  CHECK(Period::seconds(60).buckets_between(0, 59'999) == 1);
  CHECK(Period::seconds(60).buckets_between(59'999, 60'000) == 2);
  CHECK(Period::seconds(60).buckets_between(0, 100'000 * uint64_t{60'000} - 1) == 100'000);
  CHECK(Period::seconds(60).buckets_between(5, 4) == 0);
  CHECK(days_in("Europe/Vienna").buckets_between(kYear2026.from.ms, kYear2026.to.ms) >= 365);
}

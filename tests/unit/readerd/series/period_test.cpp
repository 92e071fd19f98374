#include "readerd/series/period.h"

#include <doctest/doctest.h>

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
  CHECK(Period::seconds(5'400).grain(kYear2026) == 0);
  CHECK(days_in("Europe/Vienna").grain(kYear2026) == kHour);
  CHECK(days_in("Asia/Kolkata").grain(kYear2026) == 0);
  CHECK(days_in("Australia/Lord_Howe").grain(kYear2026) == 0);  // half an hour in summer only
  CHECK(days_in("Europe/Vienna").grain({}) == kHour);
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

#include "ingestd/tiers/packed_hours.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using layout::kHourMs;

namespace {

Page page_of(std::vector<Entry> entries) {
  Page page;
  page.entries = std::move(entries);
  return page;
}

Entry counted(uint64_t ms, int64_t count) { return {{ms, 7}, Counter{{count, 0}}}; }

Gauge added(int64_t value) {
  Gauge gauge;
  gauge.apply({Fixed::whole(value), true}, 1);
  return gauge;
}

std::vector<Point> points_of(Kind kind, const ClosedPoints& hour) {
  const auto points = unpack(kind, hour.start, hour.bytes);
  REQUIRE(points);
  return *points;
}

}  // namespace

TEST_CASE("each entry of a counter is a point, and an hour is ready when a later one has begun") {
  PackedHours hours(Kind::counter, 0);
  hours.add(page_of({counted(5 * kHourMs, 1), counted(5 * kHourMs, -2)}));
  hours.add(page_of({counted(6 * kHourMs - 1, 3)}));
  CHECK(hours.ready().empty());
  hours.add(page_of({counted(7 * kHourMs + 5, 4)}));
  hours.close_before(8 * kHourMs - 1);
  REQUIRE(hours.ready().size() == 1);
  CHECK(hours.ready()[0].start == 5 * kHourMs);
  CHECK_FALSE(hours.ready()[0].by_second);
  CHECK(points_of(Kind::counter, hours.ready()[0]) == std::vector<Point>{{5 * kHourMs, Counter{{1, 0}}},
                                                                         {5 * kHourMs, Counter{{-2, 0}}},
                                                                         {6 * kHourMs - 1, Counter{{3, 0}}}});
  hours.close_before(9 * kHourMs);
  hours.close_before(10 * kHourMs);
  REQUIRE(hours.ready().size() == 2);
  CHECK(points_of(Kind::counter, hours.ready()[1]) == std::vector<Point>{{7 * kHourMs + 5, Counter{{4, 0}}}});
}

TEST_CASE("entries before the first hour that is lacked are left out") {
  PackedHours hours(Kind::counter, 6 * kHourMs);
  hours.add(page_of({counted(6 * kHourMs - 1, 1), counted(6 * kHourMs, 2)}));
  hours.close_before(7 * kHourMs);
  REQUIRE(hours.ready().size() == 1);
  CHECK(points_of(Kind::counter, hours.ready()[0]) == std::vector<Point>{{6 * kHourMs, Counter{{2, 0}}}});
}

TEST_CASE("timers and sets have a point for each minute") {
  const auto set = [](MemberToken member) { return Set({member}); };
  PackedHours hours(Kind::set, 0);
  hours.add(page_of({{{kHourMs, 0}, set(39)},
                     {{kHourMs + 59'999, 0}, set(0x1000'0041)},
                     {{kHourMs + 60'000, 0}, set(0x2000'0042)}}));
  hours.close_before(2 * kHourMs);
  REQUIRE(hours.ready().size() == 1);
  Delta both(set(39));
  both.then(set(0x1000'0041));
  CHECK(points_of(Kind::set, hours.ready()[0]) ==
        std::vector<Point>{{kHourMs, both}, {kHourMs + 60'000, set(0x2000'0042)}});
}

TEST_CASE("an hour with too many entries is packed by the second, and the next one is not") {
  PackedHours hours(Kind::counter, 0);
  const uint64_t last = kMostPoints + 9;
  for (uint64_t i = 0; i <= last; ++i) hours.add(page_of({counted(kHourMs + i / 50, 1)}));
  hours.add(page_of({counted(2 * kHourMs, 1), counted(2 * kHourMs + 1, 1)}));
  hours.close_before(3 * kHourMs);
  REQUIRE(hours.ready().size() == 2);
  CHECK(hours.ready()[0].by_second);
  const std::vector<Point> seconds = points_of(Kind::counter, hours.ready()[0]);
  REQUIRE(seconds.size() == last / 50'000 + 1);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(seconds[i].ms == kHourMs + i * 1000);
    CHECK(seconds[i].delta == Delta(Counter{{50'000, 0}}));
  }
  CHECK(seconds[2].delta == Delta(Counter{{static_cast<int64_t>(last + 1 - 100'000), 0}}));
  CHECK_FALSE(hours.ready()[1].by_second);
  CHECK(points_of(Kind::counter, hours.ready()[1]).size() == 2);
}

TEST_CASE("entries of a gauge are packed as they were written, and by the second as what it was") {
  PackedHours hours(Kind::gauge, 0);
  Gauge before;
  before.apply({Fixed::whole(100), false}, kHourMs / 2);
  hours.build_on(before);
  hours.add(page_of({{{kHourMs, 0}, added(5)}, {{kHourMs, 1}, added(-7)}}));
  for (uint64_t i = 0; i <= kMostPoints; ++i)
    hours.add(page_of({{{2 * kHourMs + i * 1000 / kMostPoints, 0}, added(1)}}));
  hours.close_before(3 * kHourMs);
  REQUIRE(hours.ready().size() == 2);
  CHECK(points_of(Kind::gauge, hours.ready()[0]) ==
        std::vector<Point>{{kHourMs, added(5)}, {kHourMs, added(-7)}});
  const std::vector<Point> seconds = points_of(Kind::gauge, hours.ready()[1]);
  REQUIRE(seconds.size() == 2);
  CHECK(to_text(seconds[0].delta.gauge().min) == "99");
  CHECK(to_text(seconds[0].delta.gauge().last) == std::to_string(98 + kMostPoints));
  CHECK(to_text(seconds[1].delta.gauge().last) == std::to_string(99 + kMostPoints));
  CHECK(seconds[1].delta.gauge().at == kHourMs / 2);
}

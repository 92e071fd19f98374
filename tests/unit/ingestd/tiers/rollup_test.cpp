#include "ingestd/tiers/rollup.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using layout::kDayMs, layout::kHourMs;

namespace {

Page page_of(std::vector<Entry> entries) {
  Page page;
  page.entries = std::move(entries);
  return page;
}

}  // namespace

TEST_CASE("what is closed and not yet in the tier") {
  const uint64_t h = kHourMs;
  CHECK_FALSE(closed_range(h, {}, 0));
  CHECK_FALSE(closed_range(h, {}, h - 1));
  CHECK(closed_range(h, {}, h) == IdRange{{0, 0}, {h, kMostSequence}});
  CHECK(closed_range(h, {}, 3 * h + 5) == IdRange{{0, 0}, {3 * h + 5, kMostSequence}});
  CHECK(closed_range(h, 0, 3 * h + 5) == IdRange{{h, 0}, {3 * h + 5, kMostSequence}});
  CHECK(closed_range(h, h, 3 * h) == IdRange{{2 * h, 0}, {3 * h, kMostSequence}});
  CHECK_FALSE(closed_range(h, 2 * h, 3 * h + 5));
  CHECK_FALSE(closed_range(h, 5 * h, 3 * h + 5));
  CHECK(closed_range(kDayMs, 0, 2 * kDayMs + 23 * h) ==
        IdRange{{kDayMs, 0}, {2 * kDayMs + 23 * h, kMostSequence}});
  // somebody's entry amid an hour: that hour counts as written
  CHECK(closed_range(h, h + 1, 3 * h) == IdRange{{2 * h, 0}, {3 * h, kMostSequence}});
}

TEST_CASE("IDs at the end of time") {
  const uint64_t last_hour = floor_to(Step{kHourMs}, kMostMs);
  CHECK_FALSE(next_start(kHourMs, kMostMs));
  CHECK_FALSE(next_start(kHourMs, last_hour));
  CHECK(next_start(kHourMs, last_hour - 1) == last_hour);
  CHECK_FALSE(closed_range(kHourMs, kMostMs, kMostMs));
  CHECK(closed_range(kHourMs, {}, kMostMs) == IdRange{{0, 0}, {kMostMs, kMostSequence}});
  CHECK(closed_range(kDayMs, uint64_t{1} << 63, kMostMs));
}

TEST_CASE("sums of hours") {
  Rollup sums(kHourMs);
  sums.add(page_of(
      {{{5 * kHourMs, 7}, Counter{{2, 0}}}, {{6 * kHourMs - 1, kMostSequence}, Counter{{3, 500'000}}}}));
  CHECK(sums.ready().empty());  // the next page may go on with this hour
  sums.add(page_of({{{6 * kHourMs - 1, kMostSequence}, Counter{{0, 500'001}}},
                    {{6 * kHourMs, 0}, Counter{{1, 0}}},
                    {{6 * kHourMs, 1}, Counter{{-1, 0}}},
                    {{uint64_t{1} << 63, 0}, Counter{{9, 0}}}}));
  REQUIRE(sums.ready().size() == 2);
  CHECK(sums.ready()[0].start == 5 * kHourMs);
  CHECK(sums.ready()[0].sum.events().normalized() == Amount{6, 1});
  CHECK(sums.ready()[1].start == 6 * kHourMs);
  CHECK(sums.ready()[1].sum.says_nothing());
  sums.add({});
  sums.close_before((uint64_t{1} << 63) + 1);
  CHECK(sums.ready().size() == 2);  // the last hour is open
  sums.close_before((uint64_t{1} << 63) + kHourMs);
  sums.close_before(kMostMs);
  REQUIRE(sums.ready().size() == 3);
  CHECK(sums.ready()[2].start == floor_to(Step{kHourMs}, uint64_t{1} << 63));
}

TEST_CASE("hours of a gauge say what it was, from the tier's last entry on") {
  const auto add = [](int64_t value) {
    Gauge gauge;
    gauge.apply({Fixed::whole(value), true}, 1);
    return gauge;
  };
  const auto set = [](int64_t value, uint64_t at) {
    Gauge gauge;
    gauge.apply({Fixed::whole(value), false}, at);
    return gauge;
  };
  Rollup hours(kHourMs);
  hours.build_on(set(100, 4 * kHourMs));
  hours.add(page_of({{{5 * kHourMs, 0}, add(5)},
                     {{5 * kHourMs + 7, 0}, add(-2)},
                     {{6 * kHourMs, 0}, set(50, 3 * kHourMs)},  // late: others have set it since
                     {{7 * kHourMs, 0}, set(7, 9 * kHourMs)},   // by a clock that goes two hours fast
                     {{8 * kHourMs, 0}, set(8, 8 * kHourMs)}}));
  hours.close_before(9 * kHourMs);
  REQUIRE(hours.ready().size() == 4);
  const auto hour = [&](size_t index) { return hours.ready()[index].sum.gauge(); };
  CHECK(to_text(hour(0).last) == "103");
  CHECK(hour(0).at == 4 * kHourMs);
  CHECK(to_text(hour(0).max) == "105");
  CHECK(hour(0).count == 2);
  CHECK(to_text(hour(1).last) == "103");
  CHECK(to_text(hour(1).min) == "50");
  CHECK(to_text(hour(2).last) == "7");
  CHECK(hour(2).at == 8 * kHourMs);
  CHECK(to_text(hour(3).last) == "8");
  Rollup days(kDayMs);
  for (const ClosedSum& closed : hours.ready()) days.add(page_of({{tier_id(closed.start), closed.sum}}));
  days.close_before(kDayMs);
  REQUIRE(days.ready().size() == 1);
  const Gauge& day = days.ready()[0].sum.gauge();
  CHECK(to_text(day.last) == "8");
  CHECK(day.at == 8 * kHourMs);
  CHECK(to_text(day.min) == "7");
  CHECK(to_text(day.max) == "105");
  CHECK(day.count == 5);
  CHECK(day.all == Fixed{});
}

TEST_CASE("the ID of a sum is its start, but for 0-0, which no stream takes") {
  CHECK(tier_id(kHourMs) == StreamId{kHourMs, 0});
  CHECK(tier_id(0) == StreamId{0, 1});
}

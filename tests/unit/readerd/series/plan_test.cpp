#include "readerd/series/plan.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

constexpr uint64_t kDay = layout::kDayMs, kHour = layout::kHourMs;

/// From the start of `from` to the last moment before `to`.
IdRange span(uint64_t from, uint64_t to) { return {{from, 0}, {to - 1, kMostSequence}}; }
StreamInfo reach(uint64_t first, uint64_t last) { return {7, {first, 0}, {last, 0}}; }

using Parts = std::vector<Part>;

}  // namespace

TEST_CASE("without tiers all comes from the raw stream") {
  CHECK(make_plan({}, kDay, {}, {}) == Parts{{Tier::raw, {}}});
  CHECK(make_plan(span(5, 9), kDay, {}, {}) == Parts{{Tier::raw, span(5, 9)}});
}

TEST_CASE("everything: days, then the hours behind them, then what is open") {
  CHECK(make_plan({}, kDay, reach(kDay, 12 * kDay + 5 * kHour), reach(kDay, 11 * kDay)) ==
        Parts{{Tier::raw, span(0, kDay)},
              {Tier::day, span(kDay, 12 * kDay)},
              {Tier::hour, span(12 * kDay, 12 * kDay + 6 * kHour)},
              {Tier::raw, {{12 * kDay + 6 * kHour, 0}, kLastId}}});
}

TEST_CASE("the edges of a range are hours, and raw within an hour") {
  const uint64_t from = 3 * kDay + 5 * kHour + 7, to = 9 * kDay + 2 * kHour + 9;
  CHECK(make_plan(span(from, to), kDay, reach(kDay, 20 * kDay), reach(kDay, 20 * kDay)) ==
        Parts{{Tier::raw, span(from, 3 * kDay + 6 * kHour)},
              {Tier::hour, span(3 * kDay + 6 * kHour, 4 * kDay)},
              {Tier::day, span(4 * kDay, 9 * kDay)},
              {Tier::hour, span(9 * kDay, 9 * kDay + 2 * kHour)},
              {Tier::raw, span(9 * kDay + 2 * kHour, to)}});
}

TEST_CASE("buckets that cut days, or hours, in two do without these") {
  const IdRange days = span(2 * kDay, 4 * kDay);
  const StreamInfo all = reach(0, 20 * kDay);
  CHECK(make_plan(days, kDay, all, all) == Parts{{Tier::day, days}});
  CHECK(make_plan(days, kHour, all, all) == Parts{{Tier::hour, days}});
  CHECK(make_plan(days, 0, all, all) == Parts{{Tier::raw, days}});
}

TEST_CASE("less than an hour, or an hour that begins after its first entry's sequence") {
  const StreamInfo all = reach(0, 20 * kDay);
  CHECK(make_plan(span(kHour + 1, 2 * kHour), kDay, all, all) ==
        Parts{{Tier::raw, span(kHour + 1, 2 * kHour)}});
  const IdRange late{{kHour, 1}, {2 * kHour - 1, kMostSequence}};
  CHECK(make_plan(late, kDay, all, all) == Parts{{Tier::raw, late}});
  const IdRange early_end{{kHour, 0}, {2 * kHour - 1, 5}};
  CHECK(make_plan(early_end, kDay, all, all) == Parts{{Tier::raw, early_end}});
  CHECK(make_plan(span(kHour, 2 * kHour), kDay, all, all) == Parts{{Tier::hour, span(kHour, 2 * kHour)}});
}

TEST_CASE("what was trimmed from a tier is looked for in the next") {
  CHECK(make_plan(span(0, 10 * kDay), kHour, reach(6 * kDay, 20 * kDay), reach(0, 20 * kDay)) ==
        Parts{{Tier::raw, span(0, 6 * kDay)}, {Tier::hour, span(6 * kDay, 10 * kDay)}});
}

TEST_CASE("IDs at the end of time") {
  const StreamInfo absurd = reach(0, kMostMs);
  CHECK(make_plan({}, kDay, absurd, absurd) == Parts{{Tier::raw, {}}});
  const IdRange late{{kMostMs, 0}, kLastId};
  CHECK(make_plan(late, kDay, reach(0, 20 * kDay), reach(0, 20 * kDay)) == Parts{{Tier::raw, late}});
}

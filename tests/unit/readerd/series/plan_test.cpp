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

/// Of a counter whose raw stream has lost nothing, and that has no points.
Parts plan(const IdRange& range, uint64_t grain, const StreamInfo& hour, const StreamInfo& day) {
  return make_plan(Kind::counter, range, grain, {reach(0, 30 * kDay), {}, hour, day});
}

}  // namespace

TEST_CASE("without tiers all comes from the raw stream") {
  CHECK(plan({}, kDay, {}, {}) == Parts{{Tier::raw, {}}});
  CHECK(plan(span(5, 9), kDay, {}, {}) == Parts{{Tier::raw, span(5, 9)}});
}

TEST_CASE("everything: days, then the hours behind them, then what is open") {
  CHECK(plan({}, kDay, reach(kDay, 12 * kDay + 5 * kHour), reach(kDay, 11 * kDay)) ==
        Parts{{Tier::raw, span(0, kDay)},
              {Tier::day, span(kDay, 12 * kDay)},
              {Tier::hour, span(12 * kDay, 12 * kDay + 6 * kHour)},
              {Tier::raw, {{12 * kDay + 6 * kHour, 0}, kLastId}}});
}

TEST_CASE("the edges of a range are hours, and raw within an hour") {
  const uint64_t from = 3 * kDay + 5 * kHour + 7, to = 9 * kDay + 2 * kHour + 9;
  CHECK(plan(span(from, to), kDay, reach(kDay, 20 * kDay), reach(kDay, 20 * kDay)) ==
        Parts{{Tier::raw, span(from, 3 * kDay + 6 * kHour)},
              {Tier::hour, span(3 * kDay + 6 * kHour, 4 * kDay)},
              {Tier::day, span(4 * kDay, 9 * kDay)},
              {Tier::hour, span(9 * kDay, 9 * kDay + 2 * kHour)},
              {Tier::raw, span(9 * kDay + 2 * kHour, to)}});
}

TEST_CASE("buckets that cut days, or hours, in two do without these") {
  const IdRange days = span(2 * kDay, 4 * kDay);
  const StreamInfo all = reach(0, 20 * kDay);
  CHECK(plan(days, kDay, all, all) == Parts{{Tier::day, days}});
  CHECK(plan(days, kHour, all, all) == Parts{{Tier::hour, days}});
  CHECK(plan(days, 0, all, all) == Parts{{Tier::raw, days}});
}

TEST_CASE("less than an hour, or an hour that begins after its first entry's sequence") {
  const StreamInfo all = reach(0, 20 * kDay);
  CHECK(plan(span(kHour + 1, 2 * kHour), kDay, all, all) == Parts{{Tier::raw, span(kHour + 1, 2 * kHour)}});
  const IdRange late{{kHour, 1}, {2 * kHour - 1, kMostSequence}};
  CHECK(plan(late, kDay, all, all) == Parts{{Tier::raw, late}});
  const IdRange early_end{{kHour, 0}, {2 * kHour - 1, 5}};
  CHECK(plan(early_end, kDay, all, all) == Parts{{Tier::raw, early_end}});
  CHECK(plan(span(kHour, 2 * kHour), kDay, all, all) == Parts{{Tier::hour, span(kHour, 2 * kHour)}});
}

TEST_CASE("what was trimmed from a tier is looked for in the next") {
  CHECK(plan(span(0, 10 * kDay), kHour, reach(6 * kDay, 20 * kDay), reach(0, 20 * kDay)) ==
        Parts{{Tier::raw, span(0, 6 * kDay)}, {Tier::hour, span(6 * kDay, 10 * kDay)}});
}

TEST_CASE("IDs at the end of time") {
  const StreamInfo absurd = reach(0, kMostMs);
  CHECK(plan({}, kDay, absurd, absurd) == Parts{{Tier::raw, {}}});
  const IdRange late{{kMostMs, 0}, kLastId};
  CHECK(plan(late, kDay, reach(0, 20 * kDay), reach(0, 20 * kDay)) == Parts{{Tier::raw, late}});
}

TEST_CASE("packed hours answer parts of hours, and any period below an hour") {
  const uint64_t from = 3 * kDay + 5 * kHour + 7, to = 3 * kDay + 9 * kHour + 9;
  const StreamInfo points = reach(kDay, 5 * kDay), hours = reach(0, 5 * kDay);
  const Reach all{reach(0, 9 * kDay), points, hours, {}};
  CHECK(make_plan(Kind::counter, span(from, to), 0, all) == Parts{{Tier::points, span(from, to)}});
  CHECK(make_plan(Kind::counter, span(from, to), kHour, all) ==
        Parts{{Tier::points, span(from, 3 * kDay + 6 * kHour)},
              {Tier::hour, span(3 * kDay + 6 * kHour, 3 * kDay + 9 * kHour)},
              {Tier::points, span(3 * kDay + 9 * kHour, to)}});
  CHECK(make_plan(Kind::gauge, span(0, 9 * kDay), 0, all) ==
        Parts{{Tier::raw, span(0, kDay)},
              {Tier::points, span(kDay, 5 * kDay + kHour)},
              {Tier::raw, span(5 * kDay + kHour, 9 * kDay)}});
  const IdRange within{{from, 5}, {to, 5}};  // packed, an ID has no second half
  CHECK(make_plan(Kind::counter, within, 0, all) == Parts{{Tier::raw, {{from, 5}, {from, kMostSequence}}},
                                                          {Tier::points, span(from + 1, to)},
                                                          {Tier::raw, {{to, 0}, {to, 5}}}});
}

TEST_CASE("packed hours of timers and sets answer whole minutes, others where the raw stream ends") {
  constexpr uint64_t kMinute = 60'000;
  const StreamInfo points = reach(0, 4 * kHour), hours = reach(0, 4 * kHour);
  const IdRange uneven = span(kHour + 7, 3 * kHour);
  for (const Kind kind : {Kind::timer, Kind::set}) {
    const Reach all{reach(0, 9 * kHour), points, hours, {}};
    CHECK(make_plan(kind, uneven, 0, all) == Parts{{Tier::raw, uneven}});
    CHECK(make_plan(kind, uneven, kMinute, all) == Parts{{Tier::raw, span(kHour + 7, kHour + kMinute)},
                                                         {Tier::points, span(kHour + kMinute, 3 * kHour)}});
    const Reach trimmed{reach(2 * kHour + 5, 9 * kHour), points, hours, {}};
    CHECK(make_plan(kind, uneven, 0, trimmed) ==
          Parts{{Tier::points, span(kHour + 7, 2 * kHour), true}, {Tier::raw, span(2 * kHour, 3 * kHour)}});
    CHECK(make_plan(kind, uneven, kMinute, trimmed) ==
          Parts{{Tier::points, span(kHour + 7, kHour + kMinute), true},
                {Tier::points, span(kHour + kMinute, 3 * kHour)}});
  }
}

TEST_CASE("hours that neither the raw stream nor points have are their sums") {
  const Reach all{
      reach(6 * kHour + 5, 9 * kHour), reach(4 * kHour, 8 * kHour), reach(2 * kHour, 8 * kHour), {}};
  const Part first{Tier::raw, span(0, 2 * kHour)}, sums{Tier::hour, span(2 * kHour, 4 * kHour), true};
  CHECK(
      make_plan(Kind::counter, span(0, 10 * kHour), 0, all) ==
      Parts{first, sums, {Tier::points, span(4 * kHour, 9 * kHour)}, {Tier::raw, span(9 * kHour, 10 * kHour)}});
  CHECK(make_plan(Kind::timer, span(0, 10 * kHour), 0, all) ==
        Parts{first,
              sums,
              {Tier::points, span(4 * kHour, 6 * kHour), true},
              {Tier::raw, span(6 * kHour, 10 * kHour)}});
}

TEST_CASE("whether there may be entries that the raw stream has not any more") {
  Reach all{reach(6 * kHour + 5, 9 * kHour), {}, reach(6 * kHour, 8 * kHour), reach(0, 0)};
  CHECK_FALSE(all.trimmed({}));
  all.hour.first.ms = 5 * kHour;
  CHECK(all.trimmed({}));
  CHECK(all.trimmed(span(kHour, 6 * kHour)));
  CHECK_FALSE(all.trimmed(span(6 * kHour, 7 * kHour)));
  all.hour = {};
  CHECK_FALSE(all.trimmed({}));
  all.raw = reach(kDay + 6 * kHour, kDay + 9 * kHour);
  CHECK(all.trimmed({}));
  all.raw = {};
  CHECK(all.trimmed({}));
  CHECK_FALSE(Reach{}.trimmed({}));
}

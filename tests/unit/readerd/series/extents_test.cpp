#include "readerd/series/extents.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

constexpr uint64_t kDay = layout::kDayMs, kHour = layout::kHourMs;

StreamInfo info(uint64_t length, uint64_t first, uint64_t last) { return {length, {first, 0}, {last, 0}}; }

Selection minutes() {
  Selection selection;
  selection.period = Period::seconds(60);
  return selection;
}

}  // namespace

TEST_CASE("how many periods and buckets there are at most") {
  Extents extents;
  CHECK(extents.most_periods(minutes()) == 0);
  CHECK(extents.most_buckets(minutes()) == 0);
  extents.raw = info(3, kHour, 2 * kHour);
  CHECK(extents.most_periods(minutes()) == 61);
  CHECK(extents.most_buckets(minutes()) == 3);
  extents.day = info(1, 0, 0);
  CHECK(extents.most_periods(minutes()) == 121);
  CHECK(extents.most_buckets(minutes()) == 4);
  CHECK(extents.most_periods(Selection{}) == 1);
}

TEST_CASE("the ends of the range that were given count for the periods") {
  Extents extents;
  extents.raw = info(1'000, kHour, 2 * kHour);
  Selection selection = minutes();
  selection.range = {{0, 0}, {kHour + 60'000, kMostSequence}};
  CHECK(extents.most_periods(selection) == 61);
  selection.from_given = true;
  CHECK(extents.most_periods(selection) == 121);
  selection.to_given = true;
  CHECK(extents.most_periods(selection) == 62);
  CHECK(extents.most_buckets(selection) == 62);
}

TEST_CASE("a range is closed when its end was given and the raw stream goes on behind it") {
  Extents extents;
  extents.raw = info(2, kHour, 2 * kHour);
  Selection selection;
  CHECK_FALSE(extents.closed(selection));
  selection.range.to = {2 * kHour - 1, kMostSequence};
  selection.to_given = true;
  CHECK(extents.closed(selection));
  selection.range.to = {2 * kHour, 0};
  CHECK_FALSE(extents.closed(selection));
  selection.range.to = {0, 0};
  extents.raw = {};
  CHECK_FALSE(extents.closed(selection));
}

TEST_CASE("the fingerprint tells what was lost") {
  Extents extents;
  const std::string empty = extents.fingerprint();
  extents.raw_first = {5, 0};
  const std::string five = extents.fingerprint();
  CHECK(five != empty);
  extents.raw_first = {6, 0};
  CHECK(extents.fingerprint() != five);
  extents.raw_first = {5, 0};
  CHECK(extents.fingerprint() == five);
  extents.day.first = {kDay, 0};
  CHECK(extents.fingerprint() != five);
}

TEST_CASE("the exact ends of a whole") {
  const auto ends = [](const Extents& extents) {
    const Bucket whole = extents.with_exact_ends({kDay, 3 * kDay, {}});
    return std::pair(whole.from, whole.to);
  };
  Extents extents;
  CHECK(ends(extents) == std::pair(kDay, 3 * kDay));
  extents.hour_first = {kDay + 5 * kHour, 0};
  extents.hour_last = {3 * kDay + 7 * kHour, 0};
  CHECK(ends(extents) == std::pair(kDay + 5 * kHour, 3 * kDay + 7 * kHour));
  extents.raw_first = {kDay + 5 * kHour + 9, 0};
  extents.raw_last = {3 * kDay + 7 * kHour + 2, 0};
  CHECK(ends(extents) == std::pair(kDay + 5 * kHour + 9, 3 * kDay + 7 * kHour + 2));
  extents.raw_first = {2 * kDay, 0};  // raw entries of the first hours have been trimmed
  CHECK(ends(extents).first == kDay + 5 * kHour);
  extents.hour_first = {2 * kDay + kHour, 0};  // and so have hours of the first day
  CHECK(ends(extents).first == kDay);
}

#include "readerd/series/buckets.h"

#include <doctest/doctest.h>

#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

std::vector<Bucket> buckets_of(const Period& period, const std::vector<Entry>& entries,
                               Order order = Order::ascending) {
  Buckets buckets(period, order);
  std::vector<Bucket> all;
  for (const auto& [id, delta] : entries) buckets.add(id.ms, Delta(delta), all);
  if (const auto last = buckets.finish()) all.push_back(*last);
  return all;
}

Entry one_at(uint64_t ms) { return {{ms, 0}, Counter{{1, 0}}}; }

}  // namespace

TEST_CASE("a counter is one bucket from the first entry to the last") {
  CHECK(buckets_of(Period::whole(), {}).empty());
  const auto all = buckets_of(
      Period::whole(),
      {{{1000, 0}, Counter{{3, 0}}}, {{1000, 1}, Counter{{-5, -500'000}}}, {{99'999, 0}, Counter{{1, 0}}}});
  REQUIRE(all.size() == 1);
  CHECK(all[0].from == 1000);
  CHECK(all[0].to == 99'999);
  CHECK(to_text(all[0].delta.events()) == "-1.5");
}

TEST_CASE("points are a bucket for each period that holds an entry") {
  const auto all = buckets_of(Period::seconds(60),
                              {one_at(0), one_at(59'999), one_at(60'000), one_at(180'001), one_at(239'999)});
  REQUIRE(all.size() == 3);
  CHECK(all[0].from == 0);
  CHECK(to_text(all[0].delta.events()) == "2");
  CHECK(all[1].from == 60'000);
  CHECK(to_text(all[1].delta.events()) == "1");
  CHECK(all[2].from == 180'000);
  CHECK(to_text(all[2].delta.events()) == "2");
}

TEST_CASE("entries may come in the reverse order") {
  const auto points = buckets_of(
      Period::seconds(60), {one_at(239'999), one_at(180'001), one_at(60'000), one_at(0)}, Order::descending);
  REQUIRE(points.size() == 3);
  CHECK(points[0].from == 180'000);
  CHECK(to_text(points[0].delta.events()) == "2");
  CHECK(points[2].from == 0);
  const auto whole = buckets_of(Period::whole(), {one_at(7), one_at(5), one_at(5)}, Order::descending);
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].from == 5);
  CHECK(whole[0].to == 7);
}

TEST_CASE("the last millisecond there is") {
  const auto all = buckets_of(Period::seconds(60), {one_at(kMostMs - 1), one_at(kMostMs)});
  REQUIRE(all.size() == 1);
  CHECK(to_text(all[0].delta.events()) == "2");
}

TEST_CASE("sums are exact") {
  std::vector<Entry> entries(10, Entry{{1, 0}, Counter{{0, 100'000}}});
  CHECK(to_text(buckets_of(Period::whole(), entries)[0].delta.events()) == "1");
  entries.push_back({{1, 1}, Counter{{kMaxValue, 0}}});
  CHECK(to_text(buckets_of(Period::whole(), entries)[0].delta.events()) ==
        "9007199254740993");  // no double could hold it
}

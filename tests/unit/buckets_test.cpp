#include "readerd/buckets.h"

#include <doctest/doctest.h>

using namespace kilometric;
using Added = Buckets::Added;

TEST_CASE("a counter is one bucket from the first entry to the last") {
  BucketBudget budget;
  Buckets buckets(std::nullopt, budget);
  CHECK(buckets.all().empty());
  CHECK(buckets.add({{1000, 0}, {3, 0}}) == Added::yes);
  CHECK(buckets.add({{1000, 1}, {-5, -500'000}}) == Added::yes);
  CHECK(buckets.add({{99'999, 0}, {1, 0}}) == Added::yes);
  REQUIRE(buckets.all().size() == 1);
  CHECK(buckets.all()[0].from == 1000);
  CHECK(buckets.all()[0].to == 99'999);
  CHECK(to_text(buckets.all()[0].value) == "-1.5");
}

TEST_CASE("points are a bucket for each period that holds an entry") {
  BucketBudget budget;
  Buckets buckets(60'000, budget);
  for (const uint64_t ms : {0, 59'999, 60'000, 180'001, 239'999}) buckets.add({{ms, 0}, {1, 0}});
  const auto all = buckets.all();
  REQUIRE(all.size() == 3);
  CHECK(all[0].from == 0);
  CHECK(to_text(all[0].value) == "2");
  CHECK(all[1].from == 60'000);
  CHECK(to_text(all[1].value) == "1");
  CHECK(all[2].from == 180'000);
  CHECK(to_text(all[2].value) == "2");
}

TEST_CASE("sums are exact") {
  BucketBudget budget;
  Buckets buckets(std::nullopt, budget);
  for (int i = 0; i < 10; ++i) buckets.add({{1, 0}, {0, 100'000}});
  CHECK(to_text(buckets.all()[0].value) == "1");
  buckets.add({{1, 1}, {kMaxValue, 0}});
  CHECK(to_text(buckets.all()[0].value) == "9007199254740993");  // no double could hold it
}

TEST_CASE("an answer holds so many buckets and no more") {
  BucketBudget budget;
  Buckets buckets(1, budget);
  for (uint64_t ms = 0; ms < Buckets::kMost; ++ms)
    if (buckets.add({{ms, 0}, {1, 0}}) != Added::yes) FAIL("refused at ", ms);
  CHECK(buckets.add({{Buckets::kMost, 0}, {1, 0}}) == Added::too_many);
  CHECK(buckets.add({{Buckets::kMost - 1, 1}, {1, 0}}) == Added::yes);  // the last one still grows
}

TEST_CASE("all answers share a budget and give back what they used") {
  BucketBudget budget{3};
  {
    Buckets one(1, budget), other(1, budget);
    CHECK(one.add({{1, 0}, {1, 0}}) == Added::yes);
    CHECK(one.add({{2, 0}, {1, 0}}) == Added::yes);
    CHECK(other.add({{1, 0}, {1, 0}}) == Added::yes);
    CHECK(other.add({{2, 0}, {1, 0}}) == Added::no_room);
    CHECK(budget.left == 0);
  }
  CHECK(budget.left == 3);
}

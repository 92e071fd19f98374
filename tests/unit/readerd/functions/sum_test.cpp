#include "readerd/functions/sum.h"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/functions");

namespace {

struct Fixture {
  void sum_up() {
    sum.emplace(budget, selection, shape);
    sum->begin_sum("all");
  }

  /// Each of these buckets holds 1.
  void add_series(const std::vector<uint64_t>& starts) {
    sum->begin("one of them");
    for (const uint64_t start : starts) REQUIRE(sum->add({start, start + 9, Counter{{1, 0}}}));
    REQUIRE(sum->end());
  }

  Selection selection{.range = {}, .period = Period::seconds(10)};
  ShapeOptions options;
  SumBudget budget;
  std::unique_ptr<Output> output = Output::make(Format::csv, true, false);
  Shape shape{selection, options, *output};
  std::optional<Sum> sum;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "buckets of the same period are one, whatever the order of the series") {
  sum_up();
  add_series({20'000, 30'000});
  add_series({10'000, 30'000});
  CHECK(output->text().empty());
  REQUIRE(sum->finish());
  CHECK(output->text() == "all,10000,10009,1\r\nall,20000,20009,1\r\nall,30000,30009,2\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a sum is written in the order that was asked for, up to the limit") {
  selection.order = Order::descending;
  options.limit = 2;
  sum_up();
  add_series({30'000, 10'000});
  add_series({20'000});
  CHECK_FALSE(sum->full());
  REQUIRE(sum->finish());
  CHECK(output->text() == "all,30000,30009,1\r\nall,20000,20009,1\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a sum of wholes reaches from the first entry to the last") {
  selection.period = Period::whole();
  sum_up();
  add_series({7'000});
  add_series({5'000});
  REQUIRE(sum->finish());
  CHECK(output->text() == "all,5000,7009,2\r\n");
}

TEST_CASE_FIXTURE(Fixture, "one sum after the other, each up to the limit") {
  options.limit = 1;
  const size_t most = budget.left;
  sum_up();
  add_series({10'000, 20'000});
  REQUIRE(sum->finish());
  CHECK(budget.left == most);
  sum->begin_sum("others");
  add_series({30'000});
  add_series({30'000});
  REQUIRE(sum->finish());
  CHECK(output->text() == "all,10000,10009,1\r\nothers,30000,30009,2\r\n");
  CHECK(budget.left == most);
}

TEST_CASE_FIXTURE(Fixture, "the sum of no series at all") {
  sum_up();
  REQUIRE(sum->finish());
  CHECK(output->text().empty());
}

TEST_CASE_FIXTURE(Fixture, "a sum of too many buckets is refused") {
  sum_up();
  for (uint64_t i = 0; i < Sum::kMostBuckets; ++i) REQUIRE(sum->add({i * 10'000, 0, {}}));
  CHECK(sum->add({0, 0, {}}));
  CHECK_FALSE(sum->refusal());
  CHECK_FALSE(sum->add({Sum::kMostBuckets * 10'000, 0, {}}));
  REQUIRE(sum->refusal());
  CHECK(sum->refusal()->status == 400);
}

TEST_CASE_FIXTURE(Fixture, "all sums together have a budget, which each gives back") {
  budget.left = 3;
  sum_up();
  add_series({10'000, 20'000, 10'000});
  {
    Sum other(budget, selection, shape);
    CHECK(other.add({10'000, 0, {}}));
    CHECK_FALSE(other.add({20'000, 0, {}}));
    REQUIRE(other.refusal());
    CHECK(other.refusal()->status == 503);
  }
  CHECK(budget.left == 1);
  CHECK(sum->finish());
  CHECK(budget.left == 3);
  sum.reset();
  CHECK(budget.left == 3);
}

/// A timer's bucket with a sample in so many bins.
Bucket bucket_of_a_timer(uint64_t start, int bins) {
  Timings timer;
  for (int bin = 0; bin < bins; ++bin) timer.add({std::ldexp(1.0, bin - 29), {}, {1, 0}, Bins::kWhole});
  return {start, start, timer};
}

TEST_CASE_FIXTURE(Fixture, "a timer's bucket is as many of the budget as its memory would hold") {
  const size_t one = 1 + bucket_of_a_timer(0, 50).delta.heap_bytes() / SumBudget::kBucketBytes;
  REQUIRE(one > 8);
  budget.left = 2 * one + 1;
  sum_up();
  REQUIRE(sum->add(bucket_of_a_timer(10'000, 50)));
  REQUIRE(sum->add(bucket_of_a_timer(10'000, 50)));  // the same bins: it does not grow
  CHECK(budget.left == one + 1);
  REQUIRE(sum->add(bucket_of_a_timer(20'000, 10)));
  CHECK(budget.left > 1);
  const size_t left = budget.left;
  CHECK_FALSE(sum->add(bucket_of_a_timer(20'000, 80)));  // but now it does
  CHECK(budget.left == left);
  REQUIRE(sum->refusal());
  CHECK(sum->refusal()->status == 503);
  sum.reset();
  CHECK(budget.left == 2 * one + 1);
}

TEST_CASE_FIXTURE(Fixture, "a timer's bucket is given back to the budget once it is written") {
  options.stats = {{Stat::Of::count}};
  const size_t most = budget.left;
  sum_up();
  for (const uint64_t start : {10'000, 20'000}) REQUIRE(sum->add(bucket_of_a_timer(start, 50)));
  CHECK(budget.left < most - 2);
  REQUIRE(sum->finish());
  CHECK(budget.left == most);
  CHECK(output->text() == "all,10000,10000,50\r\nall,20000,20000,50\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a sum that would have too many periods to be filled in is refused") {
  options.fill = Fill::zero;
  Shape filling(selection, options, *output);
  const uint64_t last = ShapeOptions::kMostFilled * 10'000;
  for (const uint64_t far : {last - 10'000, last}) {
    sum.emplace(budget, selection, filling);
    sum->begin_sum("all");
    add_series({0});
    add_series({far});
    while (!sum->finish() && !sum->refusal()) output->text().clear();  // as somebody who sends what is long
    CHECK(sum->refusal().has_value() == (far == last));
  }
}

#include "readerd/graphite/consolidation.h"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "readerd/graphite/time_series.h"

using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite");

namespace {

TimeSeries from_one(size_t count, int64_t start, Consolidation how) {
  TimeSeries series{.name = "x", .start = start, .step = 10, .consolidation = how};
  series.values.resize(count);
  std::iota(series.values.begin(), series.values.end(), 1);
  return series;
}

}  // namespace

TEST_CASE("buckets begin at multiples of the new step; what is before the first is left out of an average") {
  auto series = from_one(7, 1010, Consolidation::average);
  consolidate(series, 3);  // three values a bucket: the first begins at 1020
  CHECK(series.start == 1020);
  CHECK(series.step == 30);
  CHECK(series.values == std::vector<double>{3, 6});
}

TEST_CASE("a sum is a whole at every number of points") {
  for (size_t most = 1; most <= 50; ++most) {
    for (int64_t start : {1000, 1010, 1070}) {
      auto series = from_one(47, start, Consolidation::sum);
      consolidate(series, most);
      CHECK(std::accumulate(series.values.begin(), series.values.end(), 0.0) == 47 * 48 / 2);
      CHECK(series.values.size() <= most + 1);
      CHECK(series.start <= start);
      CHECK(series.start > start - series.step);
    }
  }
}

TEST_CASE("each way, by what has a value") {
  const double values[] = {kNone, 4, kNone, 2, 6};
  CHECK(consolidated(Consolidation::average, values) == 4);
  CHECK(consolidated(Consolidation::average_zero, values) == 12.0 / 5);
  CHECK(consolidated(Consolidation::sum, values) == 12);
  CHECK(consolidated(Consolidation::min, values) == 2);
  CHECK(consolidated(Consolidation::max, values) == 6);
  CHECK(consolidated(Consolidation::first, values) == 4);
  CHECK(consolidated(Consolidation::last, values) == 6);
  const double none[] = {kNone, kNone};
  CHECK(consolidated(Consolidation::sum, none) != 0);  // it is no number
  CHECK(read_consolidation("maxSeries") == Consolidation::max);
  CHECK_FALSE(read_consolidation("median"));
}

#include "tool/reader/grid.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

TEST_SUITE_BEGIN("tool/reader");

using namespace kilometric::tool;

namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a period is round, and as short as there is room for") {
  CHECK(Grid::period_for(3'600'000, 144) == 30'000);
  CHECK(Grid::period_for(1'000, 144) == 10'000);
  CHECK(Grid::period_for(int64_t{86'400'000} * 365, 60) == 604'800'000);
  CHECK(Grid::period_for(int64_t{86'400'000} * 36'500, 60) % 604'800'000 == 0);
  for (int64_t span = 1; span < int64_t{1} << 45; span *= 3)
    for (const size_t slots : {0, 6, 60, 1'000}) {
      const int64_t period = Grid::period_for(span, slots);
      CHECK(period >= 10'000);
      CHECK(period <= int64_t{31'536'000} * 1000);
    }
}

TEST_CASE("values are laid into their periods") {
  const Grid grid{15'000, 45'000, 10'000};
  CHECK(grid.periods() == 4);  // from 10, 20, 30 and 40 s on
  const Series series{
      "x", {{10'000, 10'000, {"1"}}, {40'000, 40'000, {"4"}}, {50'000, 50'000, {"5"}}, {0, 0, {"9"}}}};
  CHECK(grid.lay(series, 0, true) == std::vector<double>{1, 0, 0, 4});
  CHECK(std::isnan(grid.lay(series, 0, false)[1]));
  CHECK(grid.lay(series, 7, true) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("what is missing regularly is joined, and a gap is not") {
  const auto line = joined({0, kGap, 2, kGap, 4, kGap, kGap, kGap, kGap, kGap, 10, kGap, 12});
  CHECK(line[1] == 1);
  CHECK(line[11] == 11);
  CHECK(std::isnan(line[6]));
}

TEST_CASE("of several values the greatest is left") {
  CHECK(squeezed({1, 9, 2, 3}, 2) == std::vector<double>{9, 3});
  CHECK(squeezed({kGap, 2, kGap, kGap}, 2)[0] == 2);
  CHECK(std::isnan(squeezed({kGap, 2, kGap, kGap}, 2)[1]));
  CHECK(squeezed({1}, 5) == std::vector<double>{1});
}

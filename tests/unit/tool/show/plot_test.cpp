#include "tool/show/plot.h"

#include <doctest/doctest.h>

#include <limits>

TEST_SUITE_BEGIN("tool/show");

using namespace kilometric::tool;

namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a sparkline goes from zero to the greatest") {
  CHECK(sparkline({0, 1, 4, 7, 8}) == "▁▂▅██");
  CHECK(sparkline({kGap, 5, kGap}) == " █ ");
  CHECK(sparkline({0, 0}) == "▁▁");
  CHECK(sparkline({}).empty());
}

TEST_CASE("an axis ends at numbers whose halves are round") {
  const auto high = [](std::vector<double> values) { return Scale::of(values, true).high; };
  CHECK(high({141}) == 160);
  CHECK(high({100}) == 100);
  CHECK(high({0.7}) == doctest::Approx(0.8));
  CHECK(high({}) == 1);
  CHECK(high({0}) == 1);
  CHECK(Scale::of({-3, 5}, true).low == -3);
  const Scale close = Scale::of({1'000, 1'010, kGap}, false);
  CHECK(close.low >= 990);
  CHECK(close.low <= 1'000);
  CHECK(close.high >= 1'010);
}

TEST_CASE("dots") {
  const Scale scale{0, 3};
  CHECK(braille({0, 1, 2, 3}, scale, 2, 1, {false}) == std::vector<std::string>{"⣠⠞"});
  CHECK(braille({3, 3, 3, 3}, scale, 2, 1, {true}) == std::vector<std::string>{"⣿⣿"});
  CHECK(braille({3, kGap, kGap, 3}, scale, 2, 1, {false}) == std::vector<std::string>{"⠁⠈"});
  CHECK(braille({}, scale, 2, 2, {false}) == std::vector<std::string>{"", ""});
}

TEST_CASE("numbers at the ends of what a double holds are drawn within the picture") {
  constexpr double kMost = std::numeric_limits<double>::max(), kLeast = 1e-320;
  for (const bool from_zero : {true, false})
    for (const std::vector<double>& values : std::vector<std::vector<double>>{
             {kLeast, kLeast}, {kMost, kMost}, {-kMost, kMost}, {kMost, 0, kLeast}, {-kLeast, kGap}}) {
      const Scale scale = Scale::of(values, from_zero);
      CHECK(scale.is_sound());
      for (const bool filled : {true, false}) CHECK(braille(values, scale, 100, 3, {filled}).size() == 3);
      CHECK_FALSE(sparkline(values).empty());
    }
}

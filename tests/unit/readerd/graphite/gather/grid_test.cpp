#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "readerd/graphite/gather/points.h"
#include "readerd/graphite/gather/step.h"

using namespace kilometric;
using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite/gather");

namespace {

constexpr int64_t kHour = 3'600, kDay = 24 * kHour;
constexpr int64_t kStart = 1'764'028'800;  // a day's

AnswerStep step_of(std::string_view target, int64_t seconds, uint64_t most_points, int64_t interval = 10) {
  RenderQuery query;
  query.targets.push_back(std::get<Expression>(parse_target(target)));
  query.from = kStart;
  query.until = kStart + seconds;
  query.most_points = most_points;
  return kilometric::graphite::step_of(query, {interval, kStart});
}

}  // namespace

TEST_CASE("points lie behind from and up to until, at multiples of the step") {
  const Grid grid(kStart, kStart + 30, 10, 10);
  CHECK(grid.start == kStart + 10);
  CHECK(grid.count == 3);
  CHECK(grid.range.from.ms == static_cast<uint64_t>(kStart + 10) * 1000);
  CHECK(grid.range.to.ms == static_cast<uint64_t>(kStart + 40) * 1000 - 1);
  CHECK(Grid(kStart - 1, kStart + 29, 10, 10).start == kStart);
  CHECK(Grid(kStart, kStart + 9, 10, 10).count == 0);
}

TEST_CASE("a longer step leaves nothing of the range out, and takes in nothing from before it") {
  const Grid grid(kStart + 99, kStart + 239, 60, 10);
  CHECK(grid.start == kStart + 60);  // with what lies from +100 to +119
  CHECK(grid.count == 3);
  CHECK(grid.range.from.ms == static_cast<uint64_t>(kStart + 100) * 1000);
  CHECK(grid.range.to.ms == static_cast<uint64_t>(kStart + 240) * 1000 - 1);
}

TEST_CASE("a step as long as the range makes one point of it") {
  const Grid grid(kStart + 99, kStart + 139, 40, 10);
  CHECK(grid.whole);
  CHECK(grid.count == 1);
  CHECK(grid.start == kStart + 100);
}

TEST_CASE("the step is the installation's interval, where functions look at single values") {
  CHECK(step_of("movingAverage(a,10)", kDay, 1'000).seconds == 10);
  CHECK_FALSE(step_of("movingAverage(a,10)", kDay, 1'000).fits);
  CHECK(step_of("a", kDay, 0).seconds == 10);
  CHECK(step_of("movingAverage(a,10)", kDay, 1'000, 60).seconds == 60);
}

TEST_CASE("the step is what the answer's points need, where functions add, name and choose by name") {
  CHECK(step_of("alias(sumSeries(a.*),\"all\")", kDay, 1'000).seconds == 90);
  CHECK(step_of("a", kDay, 1'000).fits);
  CHECK(step_of("a", kDay, 10'000).seconds == 10);
  CHECK(step_of("a", 365 * kDay, 1'000).seconds == 12 * kHour);  // 8.76 hours, and whole days of these
  CHECK(step_of("a", kDay, 1).seconds == kDay);
}

TEST_CASE("no series has more than 20,000 points") {
  CHECK(step_of("movingAverage(a,10)", 7 * kDay, 0).seconds == 60);
  CHECK(step_of("movingAverage(a,10)", 365 * kDay, 0).seconds == 1'800);
  CHECK(step_of("movingAverage(a,10)", 365 * kDay, 0, 7).seconds % 7 == 0);
}

TEST_SUITE_END();

#include "readerd/graphite/gather/step.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kilometric::graphite {
namespace {

constexpr int64_t kMostPoints = 20'000;
constexpr int64_t kHour = 3'600, kDay = 86'400;

/// Steps that hours are made of, and days.
constexpr std::array<int64_t, 13> kSteps{60,        120,       300,       600,        900,  1'800,   kHour,
                                         2 * kHour, 3 * kHour, 6 * kHour, 12 * kHour, kDay, 7 * kDay};

/// Functions that add, name, choose by name or put in order.
constexpr std::array<std::string_view, 14> kIndifferent{
    "alias", "aliasByMetric", "aliasByNode", "aliasByTags", "aliasSub", "constantLine", "exclude",
    "grep",  "group",         "scale",       "sortByName",  "substr",   "sum",          "sumSeries"};

bool is_indifferent(const Expression& expression) {
  if (expression.kind == Expression::Kind::call &&
      std::ranges::find(kIndifferent, expression.text) == kIndifferent.end())
    return false;
  return std::ranges::all_of(expression.arguments, is_indifferent);
}

int64_t rounded_up(int64_t number, int64_t unit) { return (number + unit - 1) / unit * unit; }

/// At least `least` long.
int64_t step_of_tiers(int64_t least, int64_t interval) {
  for (const int64_t step : kSteps)
    if (step >= least && step % interval == 0) return step;
  return rounded_up(least, interval);
}

}  // namespace

AnswerStep step_of(const RenderQuery& query, const Pulse& pulse) {
  const int64_t seconds = query.until - query.from, interval = pulse.interval;
  AnswerStep step{interval};
  if (query.most_points > 0 && std::ranges::all_of(query.targets, is_indifferent)) {
    const int64_t points = rounded_up(seconds, interval) / interval;
    const auto most = static_cast<int64_t>(std::min<uint64_t>(query.most_points, kMostPoints));
    step = {interval * (rounded_up(points, most) / most), true};
    if (step.seconds > kHour && most > 1) step.seconds = step_of_tiers(step.seconds, interval);
  }
  if (seconds / step.seconds > kMostPoints)
    step = {step_of_tiers(rounded_up(seconds, kMostPoints) / kMostPoints, interval)};
  return step;
}

}  // namespace kilometric::graphite

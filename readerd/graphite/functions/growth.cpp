// Functions about what happens from one value to the next.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/interval.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

// The series under the function's name: f(name), with a tag of the function's name.
void name_by(TimeSeries& series, const Call& call) {
  series.tags.insert_or_assign(std::string(call.name()), std::string(1, '1'));
  series.name = series.path = fmt::format("{}({})", call.name(), series.name);
}

SeriesList derivative(Call& call) {
  for (auto& series : call.series(0)) {
    name_by(series, call);
    double before = kNone;
    for (double& value : series.values) value -= std::exchange(before, value);
  }
  return std::move(call.series(0));
}

// How much a counter grew; one that wraps at `most` or begins again at `least` goes on.
class Growth {
 public:
  Growth(std::optional<double> most, std::optional<double> least) : most_(most), least_(least) {}

  double next(double value) {
    const bool outside = (most_ && value > *most_) || (least_ && value < *least_);
    const double before = std::exchange(before_, outside ? kNone : value);
    if (outside || std::isnan(before) || std::isnan(value)) return kNone;
    if (value >= before) return value - before;
    if (most_) return *most_ + 1 + value - before - least_.value_or(0);
    return least_ ? value - *least_ : kNone;
  }

 private:
  std::optional<double> most_, least_;
  double before_ = kNone;
};

std::optional<double> bound(const Call& call, size_t at) {
  return call.given(at) ? std::optional(call.number(at)) : std::nullopt;
}

SeriesList non_negative_derivative(Call& call) {
  for (auto& series : call.series(0)) {
    name_by(series, call);
    Growth growth(bound(call, 1), bound(call, 2));
    for (double& value : series.values) value = growth.next(value);
  }
  return std::move(call.series(0));
}

SeriesList per_second(Call& call) {
  for (auto& series : call.series(0)) {
    name_by(series, call);
    Growth growth(bound(call, 1), bound(call, 2));
    for (double& value : series.values)
      value = rounded(growth.next(value) / static_cast<double>(series.step), 6);
    series.consolidation = no_longer_a_count(series.consolidation);
  }
  return std::move(call.series(0));
}

SeriesList integral(Call& call) {
  for (auto& series : call.series(0)) {
    name_by(series, call);
    double sum = 0;
    for (double& value : series.values)
      if (!std::isnan(value)) value = sum += value;
    series.consolidation = no_longer_a_count(series.consolidation);
  }
  return std::move(call.series(0));
}

SeriesList integral_by_interval(Call& call) {
  const int64_t interval = std::abs(call.interval(1)), from = call.context().from;
  if (interval == 0) call.refuse("intervalUnit must be above 0");
  for (auto& series : call.series(0)) {
    series.tags["integralByInterval"] = call.text(1);
    series.name = series.path = fmt::format("integralByInterval({},'{}')", series.name, call.text(1));
    series.consolidation = no_longer_a_count(series.consolidation);
    double sum = 0;
    int64_t at = series.start - from;
    for (double& value : series.values) {
      if (floor_to(at, interval) != floor_to(at - series.step, interval)) sum = 0;
      value = sum += std::isnan(value) ? 0 : value;
      at += series.step;
    }
  }
  return std::move(call.series(0));
}

void shift(std::vector<double>& values, int64_t steps) {
  const auto most = static_cast<int64_t>(values.size());
  const auto count = static_cast<ptrdiff_t>(std::min(std::abs(steps), most));
  if (steps > 0) {
    std::move_backward(values.begin(), values.end() - count, values.end());
    std::fill_n(values.begin(), count, kNone);
  } else {
    std::fill(std::move(values.begin() + count, values.end(), values.begin()), values.end(), kNone);
  }
}

SeriesList delay(Call& call) {
  for (auto& series : call.series(0)) {
    series.tags["delay"] = call.shown(1);
    series.name = series.path = fmt::format("delay({},{})", series.name, call.integer(1));
    shift(series.values, call.integer(1));
  }
  return std::move(call.series(0));
}

}  // namespace

std::vector<Function> growing_functions() {
  const Parameter most{"maxValue", Type::floating}, least{"minValue", Type::floating};
  return {
      {"delay",
       "Transform",
       "Moves the values by so many points.",
       {kSeriesList, {"steps", Type::integer, true}},
       delay},
      {"derivative", "Transform", "What each value is above the one before.", {kSeriesList}, derivative},
      {"integral", "Transform", "The sum of all values up to each.", {kSeriesList}, integral},
      {"integralByInterval",
       "Transform",
       "The sum of all values up to each, which begins again at each interval.",
       {kSeriesList, {"intervalUnit", Type::interval, true}},
       integral_by_interval},
      {"nonNegativeDerivative",
       "Transform",
       "How much a counter that only grows grew since the value before.",
       {kSeriesList, most, least},
       non_negative_derivative},
      {"perSecond",
       "Transform",
       "How much a counter that only grows grew a second.",
       {kSeriesList, most, least},
       per_second},
  };
}

}  // namespace kilometric::graphite

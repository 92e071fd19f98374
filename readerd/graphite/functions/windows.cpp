// Functions of a window that moves over the values. They ask for their argument again, from a window before.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/sliding.h"
#include "readerd/graphite/interval.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

// By points, or by time; what is fetched before the range is a multiple of the step.
struct Window {
  int64_t points = 0;   ///< 0: by time
  int64_t seconds = 0;  ///< before the range
  int64_t asked = 0;    ///< seconds of a window by time
  std::string shown;

  size_t width(int64_t step) const { return static_cast<size_t>(points > 0 ? points : asked / step); }
};

Window window_of(const Call& call) {
  const int64_t step = call.step();
  Window window;
  if (call.is_text(1)) {
    window.asked = std::abs(call.interval(1));
    window.seconds = floor_to(window.asked + step - 1, step);
    window.shown = "\"" + call.text(1) + "\"";
  } else {
    window.points = call.integer(1);
    if (window.points < 1 || window.points > kLongestInterval / step)
      call.refuse("windowSize: from 1 point to ten years");
    window.seconds = window.points * step;
    window.shown = call.shown(1);
  }
  return window;
}

SeriesList with_window(Call& call, const Window& window) {
  return call.again(call.context().from - window.seconds, call.context().until);
}

// How many values the window covers before the first that is shown.
size_t before(const Window& window, const TimeSeries& series) {
  return std::min(series.values.size(), static_cast<size_t>((window.seconds + series.step - 1) / series.step));
}

std::string tag_name(std::string word) {
  word[0] = static_cast<char>(word[0] & ~0x20);
  return "moving" + word;
}

// The windows that end at the first value shown, and at each after it.
std::vector<double> moved(const TimeSeries& series, const Window& window, Aggregation how, double least_share) {
  const size_t skipped = before(window, series), width = window.width(series.step);
  if (width == 0) return std::vector<double>(series.values.size() - skipped, kNone);
  const size_t first = skipped + 1 > width ? skipped + 1 - width : 0;
  return slide(std::span(series.values).subspan(std::min(first, series.values.size())), width, how,
               least_share);
}

SeriesList moving(Call& call, const std::string& word, size_t share) {
  const Window window = window_of(call);
  const double least_share = call.given(share) ? call.number(share) : 0;
  SeriesList list = with_window(call, window);
  for (auto& series : list) {
    const std::string tag = tag_name(word);
    series.tags[tag] = call.shown(1);
    series.name = series.path = fmt::format("{}({},{})", tag, series.name, window.shown);
    const auto skipped = static_cast<int64_t>(before(window, series));
    series.values = moved(series, window, *read_aggregation(word), least_share);
    series.start += skipped * series.step;
    series.consolidation = no_longer_a_count(series.consolidation);
  }
  return list;
}

SeriesList moving_average(Call& call) { return moving(call, "average", 2); }
SeriesList moving_sum(Call& call) { return moving(call, "sum", 2); }
SeriesList moving_min(Call& call) { return moving(call, "min", 2); }
SeriesList moving_max(Call& call) { return moving(call, "max", 2); }
SeriesList moving_median(Call& call) { return moving(call, "median", 2); }
SeriesList moving_window(Call& call) { return moving(call, call.text(2), 3); }

// Begins with the mean of what is before the range.
std::vector<double> exponential(std::span<const double> values, size_t width, double weight) {
  const double mean = aggregated(Aggregation::average, values.first(std::min(width, values.size())));
  double average = std::isnan(mean) ? 0 : mean;
  std::vector<double> result{rounded(average, 6)};
  for (size_t i = width; i < values.size(); ++i) {
    if (!std::isnan(values[i])) average = weight * values[i] + (1 - weight) * average;
    result.push_back(std::isnan(values[i]) ? kNone : rounded(average, 6));
  }
  return result;
}

SeriesList exponential_moving_average(Call& call) {
  const Window window = window_of(call);
  const double weight = 2.0 / static_cast<double>((window.points > 0 ? window.points : window.asked) + 1);
  SeriesList list = with_window(call, window);
  for (auto& series : list) {
    series.tags["exponentialMovingAverage"] = call.shown(1);
    series.name = series.path = fmt::format("exponentialMovingAverage({},{})", series.name, window.shown);
    const size_t skipped = before(window, series);
    series.values = exponential(series.values, skipped, weight);
    series.start += static_cast<int64_t>(skipped) * series.step;
    series.consolidation = no_longer_a_count(series.consolidation);
  }
  return list;
}

}  // namespace

std::vector<Function> window_functions() {
  const Parameter size{"windowSize", Type::integer_or_interval, true}, share{"xFilesFactor", Type::floating};
  const std::vector<Parameter> usual{kSeriesList, size, share};
  const char* group = "Calculate";
  return {
      {"exponentialMovingAverage",
       group,
       "An average in which the last values weigh most.",
       {kSeriesList, size},
       exponential_moving_average,
       true},
      {"movingAverage", group, "The average of the last points, or of the last minutes, at each point.", usual,
       moving_average, true},
      {"movingMax", group, "The largest value of the last points, at each point.", usual, moving_max, true},
      {"movingMedian", group, "The median of the last points, at each point.", usual, moving_median, true},
      {"movingMin", group, "The smallest value of the last points, at each point.", usual, moving_min, true},
      {"movingSum", group, "The sum of the last points, at each point.", usual, moving_sum, true},
      {"movingWindow",
       group,
       "The last points put together by the function, at each point.",
       {kSeriesList, size, {"func", Type::aggregation, false, "\"average\""}, share},
       moving_window,
       true},
  };
}

}  // namespace kilometric::graphite

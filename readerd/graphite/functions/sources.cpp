// Functions that make series from nothing.
#include <fmt/format.h>

#include <functional>
#include <random>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

// At the points that a fetched series has, so that both can be combined.
TimeSeries line(Call& call, double value) {
  const Context& context = call.context();
  const std::string text = float_text(value);
  TimeSeries series{
      .name = text, .path = "constantLine(" + text + ")", .tags = {{"name", text}}, .step = context.step};
  series.start = first_point(context);
  const int64_t count = context.until < series.start ? 0 : (context.until - series.start) / context.step + 1;
  call.spend(static_cast<uint64_t>(count));
  series.values.assign(static_cast<size_t>(count), value);
  return series;
}

SeriesList constant_line(Call& call) { return {line(call, call.number(0))}; }

SeriesList threshold(Call& call) {
  TimeSeries series = line(call, call.number(0));
  if (call.given(1) && !call.text(1).empty()) series.name = call.text(1);
  return {std::move(series)};
}

/// A source has them: it is a path to the parser.
SeriesList series_by_tag(Call&) { return {}; }

template <class Next>
SeriesList generated(Call& call, Next next) {
  const Context& context = call.context();
  const int64_t step = call.integer(1);
  if (step < 1) call.refuse("a step of at least 1 second is wanted");
  TimeSeries series{.name = call.text(0),
                    .path = call.text(0),
                    .tags = {{"name", call.text(0)}},
                    .start = context.from,
                    .step = step};
  const int64_t count = (context.until - context.from + step - 1) / step;
  call.spend(static_cast<uint64_t>(count));
  for (int64_t i = 0; i < count; ++i) series.values.push_back(next(context.from + i * step));
  return {std::move(series)};
}

SeriesList time_function(Call& call) {
  return generated(call, [](int64_t at) { return static_cast<double>(at); });
}

// The same walk for the same name and range.
SeriesList random_walk(Call& call) {
  std::minstd_rand random(static_cast<uint32_t>(std::hash<std::string>()(call.text(0))));
  double current = 0;
  return generated(call, [&](int64_t) {
    return std::exchange(current,
                         current + static_cast<double>(random()) / static_cast<double>(random.max()) - 0.5);
  });
}

}  // namespace

std::vector<Function> source_functions() {
  const Parameter name{"name", Type::string, true}, step{"step", Type::integer, false, "60"};
  const Parameter value{"value", Type::floating, true};
  const char* walk = "A line that goes up and down by chance, at most by a half each step.";
  const char* time = "Each point's own time, in seconds since 1970.";
  return {
      {"constantLine", "Special", "The same value at all times.", {value}, constant_line},
      {"randomWalk", "Special", walk, {name, step}, random_walk, false, "step"},
      {"randomWalkFunction", "Special", walk, {name, step}, random_walk, false, "step"},
      {"seriesByTag",
       "Special",
       "The series that have these tags, such as \"dc=eu\", \"host!=a\", \"name=~web.*\" or \"host!=~b.*\".",
       {{"tagExpressions", Type::string, true, {}, true}},
       series_by_tag},
      {"threshold",
       "Graph",
       "A constant line with a label.",
       {value, {"label", Type::string}, {"color", Type::string}},
       threshold},
      {"time", "Transform", time, {name, step}, time_function, false, "step"},
      {"timeFunction", "Transform", time, {name, step}, time_function, false, "step"},
  };
}

}  // namespace kilometric::graphite

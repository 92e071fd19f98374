// Functions that make series from nothing.
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
  TimeSeries series{
      .name = float_text(value), .path = "constantLine(" + float_text(value) + ")", .step = context.step};
  series.start = context.from - context.from % context.step + context.step;
  const int64_t count = context.until < series.start ? 0 : (context.until - series.start) / context.step + 1;
  call.spend(static_cast<uint64_t>(count));
  series.values.assign(static_cast<size_t>(count), value);
  series.tags["name"] = series.name;
  return series;
}

SeriesList constant_line(Call& call) { return {line(call, call.number(0))}; }

}  // namespace

std::vector<Function> source_functions() {
  return {
      {"constantLine",
       "Special",
       "The same value at all times.",
       {{"value", Type::floating, true}},
       constant_line},
  };
}

}  // namespace kilometric::graphite

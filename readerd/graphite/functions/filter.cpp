// Functions that leave out values, by their size.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

double percentile_of(const TimeSeries& series, double n) {
  std::vector<double> values = series.values;
  return percentile(values, n, false);
}

// `bound_of` says for each series the bound, kNone for none; `beyond` says which values go.
template <class BoundOf, class Beyond>
SeriesList without(Call& call, BoundOf bound_of, Beyond beyond) {
  for (auto& series : call.series(0)) {
    series.name = series.path =
        fmt::format("{}({}, {})", call.name(), series.name, short_number(call.number(1)));
    const double bound = bound_of(series);
    for (double& value : series.values)
      if (beyond(value, bound)) value = kNone;
  }
  return std::move(call.series(0));
}

bool above(double value, double bound) { return value > bound; }
bool below(double value, double bound) { return value < bound; }

SeriesList remove_above_value(Call& call) {
  return without(
      call, [&](const TimeSeries&) { return call.number(1); }, above);
}
SeriesList remove_below_value(Call& call) {
  return without(
      call, [&](const TimeSeries&) { return call.number(1); }, below);
}

double percent(const Call& call) {
  if (!(call.number(1) > 0)) call.refuse("n must be above 0");
  return call.number(1);
}

double percentile_with_tag(TimeSeries& series, const Call& call, double n) {
  const double value = percentile_of(series, n);
  if (!std::isnan(value)) series.tags["nPercentile"] = call.shown(1);
  return value;
}

SeriesList remove_above_percentile(Call& call) {
  const double n = percent(call);
  return without(
      call, [&](TimeSeries& series) { return percentile_with_tag(series, call, n); }, above);
}
SeriesList remove_below_percentile(Call& call) {
  const double n = percent(call);
  return without(
      call, [&](TimeSeries& series) { return percentile_with_tag(series, call, n); }, below);
}

SeriesList n_percentile(Call& call) {
  const double n = percent(call);
  SeriesList result;
  for (auto& series : call.series(0)) {
    const double value = percentile_with_tag(series, call, n);
    if (std::isnan(value)) continue;
    series.name = series.path = fmt::format("nPercentile({}, {})", series.name, short_number(n));
    series.values.assign(series.values.size(), value);
    series.consolidation = no_longer_a_count(series.consolidation);
    result.push_back(std::move(series));
  }
  return result;
}

}  // namespace

std::vector<Function> filtering_functions() {
  const Parameter n{"n", Type::floating, true};
  return {
      {"nPercentile",
       "Calculate",
       "A line at the value that n percent of the series' own are not above.",
       {kSeriesList, n},
       n_percentile},
      {"removeAbovePercentile",
       "Filter Data",
       "Leaves out what is above the percentile.",
       {kSeriesList, n},
       remove_above_percentile},
      {"removeAboveValue",
       "Filter Data",
       "Leaves out what is above the value.",
       {kSeriesList, n},
       remove_above_value},
      {"removeBelowPercentile",
       "Filter Data",
       "Leaves out what is below the percentile.",
       {kSeriesList, n},
       remove_below_percentile},
      {"removeBelowValue",
       "Filter Data",
       "Leaves out what is below the value.",
       {kSeriesList, n},
       remove_below_value},
  };
}

}  // namespace kilometric::graphite

// Functions that make one series of many.
#include <fmt/format.h>

#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/rows.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

SeriesList combined(const SeriesList& list, Aggregation how, std::string_view word) {
  if (list.empty()) return {};
  return {aggregate(list, how, word)};
}

SeriesList sum_series(Call& call) { return combined(call.all_series(), Aggregation::sum, "sum"); }
SeriesList average_series(Call& call) { return combined(call.all_series(), Aggregation::average, "average"); }
SeriesList min_series(Call& call) { return combined(call.all_series(), Aggregation::min, "min"); }
SeriesList max_series(Call& call) { return combined(call.all_series(), Aggregation::max, "max"); }
SeriesList diff_series(Call& call) { return combined(call.all_series(), Aggregation::diff, "diff"); }
SeriesList range_of_series(Call& call) { return combined(call.all_series(), Aggregation::range, "rangeOf"); }
SeriesList stddev_series(Call& call) { return combined(call.all_series(), Aggregation::stddev, "stddev"); }

SeriesList multiply_series(Call& call) {
  SeriesList list = call.all_series();
  if (list.size() == 1 && call.count() == 1) return list;
  return combined(list, Aggregation::multiply, "multiply");
}

SeriesList count_series(Call& call) {
  const SeriesList list = call.all_series();
  if (list.empty()) return {};
  return {counted(list)};
}

SeriesList aggregate_list(Call& call) {
  const SeriesList& list = call.series(0);
  if (list.empty()) return {};
  return {
      aggregate(list, call.aggregation(1), without_series(call.text(1)), call.given(2) ? call.number(2) : 0)};
}

SeriesList percentile_of_series(Call& call) {
  const double n = call.number(1);
  if (!(n > 0)) call.refuse("n must be above 0");
  const SeriesList& list = call.series(0);
  if (list.empty()) return {};
  TimeSeries result = plain_series(fmt::format("percentileOfSeries({},{})", list[0].path, short_number(n)));
  fill(result, Rows(list), [&](std::vector<double>& row) { return percentile(row, n, call.boolean(2)); });
  return {std::move(result)};
}

SeriesList group(Call& call) { return call.all_series(); }

SeriesList fallback_series(Call& call) { return std::move(call.series(call.series(0).empty() ? 1 : 0)); }

}  // namespace

std::vector<Function> combining_functions() {
  const Parameter lists{"seriesLists", Type::series_list, true, {}, true};
  const Parameter share{"xFilesFactor", Type::floating};
  return {
      {"aggregate",
       "Combine",
       "One value of all series, by the function that is named.",
       {kSeriesList, {"func", Type::aggregation, true}, share},
       aggregate_list},
      {"averageSeries", "Combine", "The average of those series that have a value.", {lists}, average_series},
      {"avg", "Combine", "Short for averageSeries.", {lists}, average_series},
      {"countSeries",
       "Combine",
       "How many series there are, also those without a value.",
       {lists},
       count_series},
      {"diffSeries", "Combine", "The first series less all others.", {lists}, diff_series},
      {"fallbackSeries",
       "Special",
       "The first series, or the others where it matches none.",
       {kSeriesList, {"fallback", Type::series_list, true}},
       fallback_series},
      {"group", "Combine", "All series in one list.", {lists}, group},
      {"maxSeries", "Combine", "The largest value of all series.", {lists}, max_series},
      {"minSeries", "Combine", "The smallest value of all series.", {lists}, min_series},
      {"multiplySeries", "Combine", "The product of all series.", {lists}, multiply_series},
      {"percentileOfSeries",
       "Combine",
       "The value that n percent of the series are not above.",
       {kSeriesList, {"n", Type::floating, true}, {"interpolate", Type::boolean, false, "false"}},
       percentile_of_series},
      {"rangeOfSeries",
       "Combine",
       "The largest value of all series less the smallest.",
       {lists},
       range_of_series},
      {"stddevSeries", "Combine", "The standard deviation of all series.", {lists}, stddev_series},
      {"sum", "Combine", "Short for sumSeries.", {lists}, sum_series},
      {"sumSeries", "Combine", "The sum of all series.", {lists}, sum_series},
  };
}

}  // namespace kilometric::graphite

// Functions that make one series of many.
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/rows.h"

namespace kilometric::graphite {
namespace {

template <Aggregation how>
SeriesList combined(Call& call, std::string_view word) {
  const SeriesList list = call.all_series();
  if (list.empty()) return {};
  return {aggregate(list, how, word)};
}

SeriesList sum_series(Call& call) { return combined<Aggregation::sum>(call, "sum"); }

}  // namespace

std::vector<Function> combining_functions() {
  const Parameter lists{"seriesLists", Type::series_list, true, {}, true};
  return {
      {"sum", "Combine", "The sum of all series. Short for sumSeries.", {lists}, sum_series},
      {"sumSeries", "Combine", "The sum of all series.", {lists}, sum_series},
  };
}

}  // namespace kilometric::graphite

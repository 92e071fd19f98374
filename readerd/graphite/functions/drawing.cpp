// Functions about how Graphite draws: nothing is drawn here, so they change what Graphite's answer shows of
// them.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

SeriesList unchanged(Call& call) { return std::move(call.series(0)); }

SeriesList renamed(Call& call) {
  for (auto& series : call.series(0)) {
    series.tags[std::string(call.name())] = "1";
    series.name = fmt::format("{}({})", call.name(), series.name);
  }
  return std::move(call.series(0));
}

SeriesList dashed(Call& call) {
  for (auto& series : call.series(0)) {
    series.tags["dashed"] = call.shown(1);
    series.name = fmt::format("dashed({}, {})", series.name, short_number(call.number(1)));
  }
  return std::move(call.series(0));
}

// Each series upon those before it, in this call.
SeriesList stacked(Call& call) {
  const bool has_name = call.given(1) && call.text(1) != "__DEFAULT__";
  std::vector<double> below;
  for (auto& series : call.series(0)) {
    below.resize(std::max(below.size(), series.values.size()));
    for (size_t i = 0; i < series.values.size(); ++i)
      if (!std::isnan(series.values[i])) series.values[i] = below[i] += series.values[i];
    if (!has_name) series.tags["stacked"] = "__DEFAULT__";
    if (!has_name) series.name = "stacked(" + series.name + ")";
    series.path = series.name;
  }
  return std::move(call.series(0));
}

}  // namespace

std::vector<Function> drawing_functions() {
  const char* nothing = "Changes nothing here: Grafana has its own settings for it.";
  const char* name = "Changes the name alone: Grafana has its own settings for it.";
  return {
      {"alpha", "Graph", nothing, {kSeriesList, {"alpha", Type::floating, true}}, unchanged},
      {"color", "Graph", nothing, {kSeriesList, {"theColor", Type::string, true}}, unchanged},
      {"dashed", "Graph", name, {kSeriesList, {"dashLength", Type::floating, false, "5"}}, dashed},
      {"drawAsInfinite", "Graph", name, {kSeriesList}, renamed},
      {"lineWidth", "Graph", nothing, {kSeriesList, {"width", Type::floating, true}}, unchanged},
      {"secondYAxis", "Graph", name, {kSeriesList}, renamed},
      {"stacked",
       "Graph",
       "Each series upon those before it.",
       {kSeriesList, {"stack", Type::string}},
       stacked},
  };
}

}  // namespace kilometric::graphite

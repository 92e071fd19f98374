// Functions that leave out series, by their values or their names.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/regex.h"

namespace kilometric::graphite {
namespace {

double value_of(const TimeSeries& series, Aggregation how) { return aggregated(how, series.values); }

template <class Keep>
SeriesList kept(Call& call, Keep keep) {
  SeriesList& list = call.series(0);
  std::erase_if(list, [&](const TimeSeries& series) { return !keep(series); });
  return std::move(list);
}

template <Aggregation how>
SeriesList above(Call& call) {
  return kept(call, [&](const TimeSeries& series) { return value_of(series, how) > call.number(1); });
}

// Also those without a value, as in Graphite.
template <Aggregation how>
SeriesList below(Call& call) {
  return kept(call, [&](const TimeSeries& series) { return !(value_of(series, how) > call.number(1)); });
}

// No value is less than any, and unequal to all.
bool compares(double value, const std::string& op, double with) {
  if (op == "=") return value == with;
  if (op == "!=") return value != with;
  if (op == ">") return value > with;
  if (op == ">=") return value >= with;
  return op == "<" ? !(value >= with) : !(value > with);
}

SeriesList filter_series(Call& call) {
  static constexpr std::string_view operators[] = {"=", "!=", ">", ">=", "<", "<="};
  if (std::ranges::find(operators, call.text(2)) == std::end(operators))
    call.refuse("operator: =, !=, >, >=, < or <= is wanted");
  const Aggregation how = call.aggregation(1);
  return kept(call, [&](const TimeSeries& series) {
    return compares(value_of(series, how), call.text(2), call.number(3));
  });
}

SeriesList limit(Call& call) {
  SeriesList& list = call.series(0);
  const auto size = static_cast<int64_t>(list.size()), n = call.integer(1);
  list.erase(list.begin() + std::clamp<int64_t>(n < 0 ? size + n : n, 0, size), list.end());
  return std::move(list);
}

SeriesList grep(Call& call) {
  Regex regex(call.text(1), call.regex_steps());
  return kept(call, [&](const TimeSeries& series) { return regex.search(series.name); });
}

SeriesList exclude(Call& call) {
  Regex regex(call.text(1), call.regex_steps());
  return kept(call, [&](const TimeSeries& series) { return !regex.search(series.name); });
}

SeriesList remove_empty_series(Call& call) {
  const double share = call.given(1) ? call.number(1) : 0;
  return kept(call, [&](const TimeSeries& series) {
    const auto count = std::ranges::count_if(series.values, [](double value) { return !std::isnan(value); });
    return count > 0 && static_cast<double>(count) / static_cast<double>(series.values.size()) >= share;
  });
}

}  // namespace

std::vector<Function> selecting_functions() {
  using enum Aggregation;
  const Parameter n{"n", Type::floating, true}, pattern{"pattern", Type::string, true};
  const Parameter op{"operator", Type::string, true, {}, false, {"!=", "<", "<=", "=", ">", ">="}};
  const char* group = "Filter Series";
  return {
      {"averageAbove", group, "Those whose average is above n.", {kSeriesList, n}, above<average>},
      {"averageBelow", group, "Those whose average is at most n.", {kSeriesList, n}, below<average>},
      {"currentAbove", group, "Those whose last value is above n.", {kSeriesList, n}, above<last>},
      {"currentBelow", group, "Those whose last value is at most n.", {kSeriesList, n}, below<last>},
      {"exclude",
       group,
       "Those whose name a regular expression does not match.",
       {kSeriesList, pattern},
       exclude},
      {"filterSeries",
       group,
       "Those whose values, put together, compare so with the threshold.",
       {kSeriesList, {"func", Type::aggregation, true}, op, {"threshold", Type::floating, true}},
       filter_series},
      {"grep", group, "Those whose name a regular expression matches.", {kSeriesList, pattern}, grep},
      {"limit", group, "The first n.", {kSeriesList, {"n", Type::integer, true}}, limit},
      {"maximumAbove", group, "Those whose largest value is above n.", {kSeriesList, n}, above<max>},
      {"maximumBelow", group, "Those whose largest value is at most n.", {kSeriesList, n}, below<max>},
      {"minimumAbove", group, "Those whose smallest value is above n.", {kSeriesList, n}, above<min>},
      {"minimumBelow", group, "Those whose smallest value is at most n.", {kSeriesList, n}, below<min>},
      {"removeEmptySeries",
       group,
       "Those that have values; with xFilesFactor, at least such a share of them.",
       {kSeriesList, {"xFilesFactor", Type::floating}},
       remove_empty_series},
  };
}

}  // namespace kilometric::graphite

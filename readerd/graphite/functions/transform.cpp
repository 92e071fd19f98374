// Functions that change each value by itself, or by its neighbours where it is none.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/rows.h"
#include "readerd/graphite/number_text.h"

namespace kilometric::graphite {
namespace {

// The name is also what the next function says was asked for.
void rename(TimeSeries& series, std::string name) { series.name = series.path = std::move(name); }

template <class Change>
void change(TimeSeries& series, Change change) {
  for (double& value : series.values)
    if (!std::isnan(value)) value = change(value);
}

SeriesList scale(Call& call) {
  const double factor = call.number(1);
  for (auto& series : call.series(0)) {
    series.tags["scale"] = call.shown(1);
    rename(series, fmt::format("scale({},{})", series.name, short_number(factor)));
    change(series, [&](double value) { return value * factor; });
  }
  return std::move(call.series(0));
}

SeriesList offset(Call& call) {
  const double term = call.number(1);
  for (auto& series : call.series(0)) {
    series.tags["offset"] = call.shown(1);
    rename(series, fmt::format("offset({},{})", series.name, short_number(term)));
    change(series, [&](double value) { return value + term; });
    series.consolidation = no_longer_a_count(series.consolidation);
  }
  return std::move(call.series(0));
}

SeriesList scale_to_seconds(Call& call) {
  const double seconds = call.number(1);
  for (auto& series : call.series(0)) {
    series.tags["scaleToSeconds"] = call.shown(1);
    rename(series, fmt::format("scaleToSeconds({},{:.0f})", series.name, std::trunc(seconds)));
    const double factor = seconds / static_cast<double>(series.step);
    change(series, [&](double value) { return rounded(value * factor, 6); });
    series.consolidation = no_longer_a_count(series.consolidation);
  }
  return std::move(call.series(0));
}

SeriesList absolute(Call& call) {
  for (auto& series : call.series(0)) {
    series.tags["absolute"] = "1";
    rename(series, "absolute(" + series.name + ")");
    change(series, [](double value) { return std::abs(value); });
  }
  return std::move(call.series(0));
}

// Whether any of the list has a value, at each place.
std::vector<bool> present_in(const SeriesList& list) {
  std::vector<bool> present;
  for (const auto& series : list) {
    present.resize(std::max(present.size(), series.values.size()));
    for (size_t i = 0; i < series.values.size(); ++i)
      if (!std::isnan(series.values[i])) present[i] = true;
  }
  return present;
}

SeriesList transform_null(Call& call) {
  const bool referred = call.is_series(2) && !call.series(2).empty();
  const auto present = referred ? present_in(call.series(2)) : std::vector<bool>();
  for (auto& series : call.series(0)) {
    series.tags["transformNull"] = call.shown(1);
    if (referred) series.tags["referenceSeries"] = "1";
    rename(series, fmt::format("transformNull({},{}{})", series.name, short_number(call.number(1)),
                               referred ? ",referenceSeries" : ""));
    for (size_t i = 0; i < series.values.size(); ++i)
      if (std::isnan(series.values[i]) && (!referred || (i < present.size() && present[i])))
        series.values[i] = call.number(1);
  }
  return std::move(call.series(0));
}

SeriesList is_non_null(Call& call) {
  for (auto& series : call.series(0)) {
    series.tags["isNonNull"] = "1";
    rename(series, "isNonNull(" + series.name + ")");
    for (double& value : series.values) value = std::isnan(value) ? 0 : 1;
  }
  return std::move(call.series(0));
}

// Calls `fill` with the first and the last place of each run of kNone, and whether it ends with the series.
template <class Fill>
void for_each_gap(const std::vector<double>& values, double limit, Fill fill) {
  for (size_t begin = 0, end = 0; begin < values.size(); begin = end + 1) {
    for (end = begin; end < values.size() && std::isnan(values[end]);) ++end;
    if (begin > 0 && end > begin && static_cast<double>(end - begin) <= limit) fill(begin, end);
  }
}

SeriesList keep_last_value(Call& call) {
  for (auto& series : call.series(0)) {
    rename(series, "keepLastValue(" + series.name + ")");
    auto& values = series.values;
    for_each_gap(values, call.number(1), [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) values[i] = values[begin - 1];
    });
  }
  return std::move(call.series(0));
}

SeriesList interpolate(Call& call) {
  for (auto& series : call.series(0)) {
    rename(series, "interpolate(" + series.name + ")");
    auto& values = series.values;
    for_each_gap(values, call.number(1), [&](size_t begin, size_t end) {
      if (end == values.size()) return;
      const double from = values[begin - 1], whole = static_cast<double>(end - begin + 1);
      for (size_t i = begin; i < end; ++i)
        values[i] = from + static_cast<double>(i - begin + 1) * (values[end] - from) / whole;
    });
  }
  return std::move(call.series(0));
}

SeriesList consolidated_by(Call& call, const std::string& word) {
  const auto how = read_consolidation(word);
  if (!how) call.refuse("sum, average, avg_zero, min, max, first or last is wanted");
  for (auto& series : call.series(0)) {
    series.consolidation = *how;
    series.tags["consolidateBy"] = word;
    rename(series, fmt::format("consolidateBy({},\"{}\")", series.name, word));
  }
  return std::move(call.series(0));
}

SeriesList consolidate_by(Call& call) { return consolidated_by(call, call.text(1)); }
SeriesList cumulative(Call& call) { return consolidated_by(call, "sum"); }

}  // namespace

std::vector<Function> transforming_functions() {
  const Parameter limit{"limit", Type::integer_or_infinity, false, "Infinity"};
  const Parameter factor{"factor", Type::floating, true};
  const Parameter how{"consolidationFunc",
                      Type::string,
                      true,
                      {},
                      false,
                      {"sum", "average", "avg", "avg_zero", "min", "max", "first", "last"}};
  return {
      {"absolute", "Transform", "The values without their signs.", {kSeriesList}, absolute},
      {"consolidateBy",
       "Special",
       "How values are put together where there are more of them than pixels.",
       {kSeriesList, how},
       consolidate_by},
      {"cumulative", "Special", "Short for consolidateBy with sum.", {kSeriesList}, cumulative},
      {"interpolate",
       "Transform",
       "Draws a line through gaps of up to so many points.",
       {kSeriesList, limit},
       interpolate},
      {"isNonNull",
       "Transform",
       "1 where there is a value, 0 where there is none.",
       {kSeriesList},
       is_non_null},
      {"keepLastValue",
       "Transform",
       "Goes on with the last value through gaps of up to so many points.",
       {kSeriesList, limit},
       keep_last_value},
      {"offset", "Transform", "Adds a number to each value.", {kSeriesList, factor}, offset},
      {"scale", "Transform", "Multiplies each value with a number.", {kSeriesList, factor}, scale},
      {"scaleToSeconds",
       "Transform",
       "What each value comes to in so many seconds.",
       {kSeriesList, {"seconds", Type::floating, true}},
       scale_to_seconds},
      {"transformNull",
       "Transform",
       "Puts a number where there is no value.",
       {kSeriesList, {"default", Type::floating, false, "0"}, {"referenceSeries", Type::series_list}},
       transform_null},
  };
}

}  // namespace kilometric::graphite

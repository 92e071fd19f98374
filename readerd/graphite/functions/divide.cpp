// Functions that say what one series is of another.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/nodes.h"
#include "readerd/graphite/functions/rows.h"

namespace kilometric::graphite {
namespace {

double quotient(double a, double b) { return b == 0 ? kNone : a / b; }

// a / b * factor under the name "word(a,b)".
TimeSeries divided(std::string_view word, const TimeSeries& a, const TimeSeries& b, double factor) {
  TimeSeries result = plain_series(fmt::format("{}({},{})", word, a.name, b.name));
  const TimeSeries both[] = {a, b};
  fill(result, Rows(both), [&](const std::vector<double>& row) { return quotient(row[0], row[1]) * factor; });
  return result;
}

// Where the other one is missing: all kNone, at the times of the one that is there.
TimeSeries missing(std::string name, const TimeSeries& there) {
  TimeSeries result = plain_series(std::move(name));
  result.start = there.start;
  result.step = there.step;
  result.values.assign(there.values.size(), kNone);
  return result;
}

TimeSeries total_of(const SeriesList& list) {
  if (list.size() == 1) return list[0];
  return aggregate(list, Aggregation::sum, "sum");
}

struct Group {
  SeriesList members;
  SeriesList totals;
};

void add_percents(SeriesList& result, const Group& group) {
  if (group.totals.empty()) {
    for (const auto& series : group.members)
      result.push_back(missing(fmt::format("asPercent({},MISSING)", series.name), series));
    return;
  }
  const TimeSeries total = total_of(group.totals);
  if (group.members.empty()) result.push_back(missing(fmt::format("asPercent(MISSING,{})", total.name), total));
  for (const auto& series : group.members) result.push_back(divided("asPercent", series, total, 100));
}

// In the order in which the keys are met.
class Groups {
 public:
  Group& of(const std::string& key) {
    const auto [found, is_new] = places_.try_emplace(key, groups_.size());
    if (is_new) groups_.emplace_back();
    return groups_[found->second];
  }
  const std::vector<Group>& all() const { return groups_; }

 private:
  std::map<std::string, size_t> places_;
  std::vector<Group> groups_;
};

SeriesList percents_by_node(Call& call) {
  if (call.given(1) && !call.is_series(1)) call.refuse("with nodes, total must be none or series");
  Groups groups;
  for (const auto& series : call.series(0)) groups.of(nodes_of(series, call, 2)).members.push_back(series);
  const bool own = !call.is_series(1);
  for (const auto& series : own ? call.series(0) : call.series(1))
    groups.of(nodes_of(series, call, 2)).totals.push_back(series);
  SeriesList result;
  if (call.series(0).empty()) return result;
  for (const auto& group : groups.all()) add_percents(result, group);
  return result;
}

SeriesList percents_of_number(Call& call) {
  SeriesList result;
  for (const auto& series : call.series(0)) {
    TimeSeries percents = missing(fmt::format("asPercent({},{})", series.name, call.shown(1)), series);
    std::ranges::transform(series.values, percents.values.begin(),
                           [&](double value) { return quotient(value, call.number(1)) * 100; });
    result.push_back(std::move(percents));
  }
  return result;
}

SeriesList percents_of_one(const SeriesList& list, const TimeSeries& total) {
  SeriesList result;
  for (const auto& series : list) result.push_back(divided("asPercent", series, total, 100));
  return result;
}

SeriesList percents_of_each(SeriesList list, SeriesList totals) {
  std::ranges::stable_sort(list, {}, &TimeSeries::name);
  std::ranges::stable_sort(totals, {}, &TimeSeries::name);
  SeriesList result;
  for (size_t i = 0; i < list.size(); ++i) result.push_back(divided("asPercent", list[i], totals[i], 100));
  return result;
}

SeriesList as_percent(Call& call) {
  const SeriesList& list = call.series(0);
  if (call.given(2)) return percents_by_node(call);
  if (list.empty()) return {};
  if (call.is_series(1)) {
    const SeriesList& totals = call.series(1);
    if (totals.size() == list.size()) return percents_of_each(list, totals);
    if (totals.size() != 1)
      call.refuse(fmt::format("total must be one series or as many as the first argument has, {}; it has {}",
                              list.size(), totals.size()));
    return percents_of_one(list, totals[0]);
  }
  if (call.given(1)) return percents_of_number(call);
  return percents_of_one(list, aggregate(list, Aggregation::sum, "sum"));
}

SeriesList divide_series(Call& call) {
  SeriesList& list = call.series(0);
  const SeriesList& divisor = call.series(1);
  if (divisor.size() > 1)
    call.refuse(fmt::format("divisorSeries must be one series; it has {}", divisor.size()));
  for (auto& series : list) {
    if (!divisor.empty()) {
      series = divided("divideSeries", series, divisor[0], 1);
      continue;
    }
    series.name = series.path = fmt::format("divideSeries({},MISSING)", series.name);
    std::ranges::fill(series.values, kNone);
  }
  return std::move(list);
}

SeriesList divide_series_lists(Call& call) {
  SeriesList& list = call.series(0);
  const SeriesList& divisors = call.series(1);
  if (list.size() != divisors.size())
    call.refuse(
        fmt::format("both lists must have as many series; they have {} and {}", list.size(), divisors.size()));
  for (size_t i = 0; i < list.size(); ++i) list[i] = divided("divideSeries", list[i], divisors[i], 1);
  return std::move(list);
}

}  // namespace

std::vector<Function> dividing_functions() {
  const Parameter total{"total", Type::any}, nodes{"nodes", Type::node_or_tag, false, {}, true};
  const Parameter dividends{"dividendSeriesList", Type::series_list, true};
  const char* percent =
      "What each series is of a total, in percent: of all, of a number, of one series, or each of its own.";
  return {
      {"asPercent", "Combine", percent, {kSeriesList, total, nodes}, as_percent},
      {"divideSeries",
       "Combine",
       "Each series divided by the one.",
       {dividends, {"divisorSeries", Type::series_list, true}},
       divide_series},
      {"divideSeriesLists",
       "Combine",
       "Each series divided by that at the same place of the other list.",
       {dividends, {"divisorSeriesList", Type::series_list, true}},
       divide_series_lists},
      {"pct", "Combine", "Short for asPercent.", {kSeriesList, total, nodes}, as_percent},
  };
}

}  // namespace kilometric::graphite

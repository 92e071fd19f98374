// Functions that order series, and those that take the first of an order.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"

namespace kilometric::graphite {
namespace {

// Those that are equal keep their order, also when it is reversed.
template <class Key>
void sort_by(SeriesList& list, Key key, bool reverse) {
  std::vector<std::pair<decltype(key(list[0])), size_t>> order;
  for (const auto& series : list) order.emplace_back(key(series), order.size());
  std::ranges::stable_sort(
      order, [&](const auto& a, const auto& b) { return reverse ? b.first < a.first : a.first < b.first; });
  SeriesList sorted;
  for (const auto& entry : order) sorted.push_back(std::move(list[entry.second]));
  list = std::move(sorted);
}

// No value is less than any.
double key_of(const TimeSeries& series, Aggregation how) {
  const double value = aggregated(how, series.values);
  return std::isnan(value) ? -HUGE_VAL : value;
}

SeriesList sorted(Call& call, Aggregation how, bool reverse) {
  sort_by(
      call.series(0), [&](const TimeSeries& series) { return key_of(series, how); }, reverse);
  return std::move(call.series(0));
}

SeriesList first_of(Call& call, Aggregation how, bool reverse) {
  SeriesList list = sorted(call, how, reverse);
  const auto size = static_cast<int64_t>(list.size()), n = call.integer(1);
  list.erase(list.begin() + std::clamp<int64_t>(n < 0 ? size + n : n, 0, size), list.end());
  return list;
}

SeriesList sort_by_function(Call& call) { return sorted(call, call.aggregation(1), call.boolean(2)); }
SeriesList sort_by_maxima(Call& call) { return sorted(call, Aggregation::max, true); }
SeriesList sort_by_total(Call& call) { return sorted(call, Aggregation::sum, true); }

SeriesList sort_by_minima(Call& call) {
  std::erase_if(call.series(0),
                [](const TimeSeries& series) { return !(aggregated(Aggregation::max, series.values) > 0); });
  return sorted(call, Aggregation::min, false);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Numbers within the name as ten digits, so that 9 comes before 10.
std::string natural_key(const std::string& name) {
  std::string key;
  for (size_t at = 0; at < name.size();) {
    const size_t begin = at;
    while (at < name.size() && is_digit(name[at])) ++at;
    if (at == begin) {
      key += name[at++];
      continue;
    }
    const size_t digits = std::min(name.find_first_not_of('0', begin), at - 1);
    key.append(10 - std::min<size_t>(10, at - digits), '0').append(name, digits, at - digits);
  }
  return key;
}

SeriesList sort_by_name(Call& call) {
  const bool natural = call.boolean(1);
  sort_by(
      call.series(0),
      [&](const TimeSeries& series) { return natural ? natural_key(series.name) : series.name; },
      call.boolean(2));
  return std::move(call.series(0));
}

SeriesList highest(Call& call) { return first_of(call, call.aggregation(2), true); }
SeriesList lowest(Call& call) { return first_of(call, call.aggregation(2), false); }

template <Aggregation how, bool reverse>
SeriesList most(Call& call) {
  return first_of(call, how, reverse);
}

}  // namespace

std::vector<Function> sorting_functions() {
  using enum Aggregation;
  const Parameter n{"n", Type::integer, true}, some{"n", Type::integer, false, "1"};
  const Parameter func{"func", Type::aggregation, false, "\"average\""},
      reverse{"reverse", Type::boolean, false, "false"};
  const char* group = "Filter Series";
  return {
      {"highest", group, "The n series that are highest by the function.", {kSeriesList, some, func}, highest},
      {"highestAverage",
       group,
       "The n series with the highest average.",
       {kSeriesList, n},
       most<average, true>},
      {"highestCurrent",
       group,
       "The n series with the highest last value.",
       {kSeriesList, n},
       most<last, true>},
      {"highestMax", group, "The n series with the highest value.", {kSeriesList, n}, most<max, true>},
      {"lowest", group, "The n series that are lowest by the function.", {kSeriesList, some, func}, lowest},
      {"lowestAverage", group, "The n series with the lowest average.", {kSeriesList, n}, most<average, false>},
      {"lowestCurrent", group, "The n series with the lowest last value.", {kSeriesList, n}, most<last, false>},
      {"sortBy",
       "Sorting",
       "By the function, the lowest first.",
       {kSeriesList, func, reverse},
       sort_by_function},
      {"sortByMaxima", "Sorting", "By the largest value, the highest first.", {kSeriesList}, sort_by_maxima},
      {"sortByMinima",
       "Sorting",
       "By the smallest value, the lowest first; those above 0 at some time.",
       {kSeriesList},
       sort_by_minima},
      {"sortByName",
       "Sorting",
       "By name; natural puts 9 before 10.",
       {kSeriesList, {"natural", Type::boolean, false, "false"}, reverse},
       sort_by_name},
      {"sortByTotal", "Sorting", "By the sum, the highest first.", {kSeriesList}, sort_by_total},
  };
}

}  // namespace kilometric::graphite

#include "readerd/graphite/functions/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "readerd/graphite/functions/evaluation.h"
#include "readerd/graphite/interval.h"

namespace kilometric::graphite {
namespace {

int64_t common_step(std::span<const TimeSeries> list) {
  int64_t step = 1;
  for (const auto& series : list) {
    step = std::lcm(step, series.step);
    if (step > kLongestInterval)
      throw WrongCall("the steps of the series have no common multiple within ten years");
  }
  return step;
}

void keep_common(std::map<std::string, std::string>& tags, const std::map<std::string, std::string>& others) {
  std::erase_if(tags, [&](const auto& tag) {
    const auto other = others.find(tag.first);
    return other == others.end() || other->second != tag.second;
  });
}

bool enough(std::span<const double> row, double least_share) {
  const auto count = std::ranges::count_if(row, [](double value) { return !std::isnan(value); });
  return count > 0 && static_cast<double>(count) / static_cast<double>(row.size()) >= least_share;
}

std::map<std::string, std::string> common_tags(std::span<const TimeSeries> list) {
  auto tags = list[0].tags;
  for (const auto& series : list.subspan(1)) keep_common(tags, series.tags);
  return tags;
}

// A sum of series that all consolidate in the same way remains so.
Consolidation common_consolidation(std::span<const TimeSeries> list) {
  const auto same = [&](const TimeSeries& series) { return series.consolidation == list[0].consolidation; };
  return std::ranges::all_of(list, same) ? list[0].consolidation : Consolidation::average;
}

}  // namespace

Rows::Rows(std::span<const TimeSeries> list) : step_(common_step(list)), start_(list[0].start) {
  coarser_.reserve(list.size());
  for (const auto& series : list) {
    start_ = std::min(start_, series.start);
    columns_.push_back(column(series));
    size_ = std::max(size_, columns_.back().size());
  }
  row_.resize(list.size());
}

std::span<const double> Rows::column(const TimeSeries& series) {
  if (series.step == step_) return series.values;
  const auto wide = static_cast<size_t>(step_ / series.step);
  const std::span<const double> all = series.values;
  auto& values = coarser_.emplace_back();
  for (size_t from = 0; from < all.size(); from += wide)
    values.push_back(consolidated(series.consolidation, all.subspan(from, std::min(wide, all.size() - from))));
  return values;
}

std::vector<double>& Rows::row(size_t at) {
  row_.resize(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) row_[i] = at < columns_[i].size() ? columns_[i][at] : kNone;
  return row_;
}

std::string paths_of(std::span<const TimeSeries> list) {
  std::set<std::string_view> seen;
  std::string text;
  for (const auto& series : list) {
    if (!seen.insert(series.path).second) continue;
    if (!text.empty()) text += ',';
    text += series.path;
  }
  return text;
}

TimeSeries aggregate(std::span<const TimeSeries> list, Aggregation how, std::string_view word,
                     double least_share) {
  Rows rows(list);
  TimeSeries result = plain_series(fmt::format("{}Series({})", word, paths_of(list)));
  auto tags = common_tags(list);
  tags.try_emplace("name", result.name);
  tags["aggregatedBy"] = word;
  result.tags = std::move(tags);
  result.consolidation = consolidation_of(how, common_consolidation(list));
  fill(result, Rows(list),
       [&](const std::vector<double>& row) { return enough(row, least_share) ? aggregated(how, row) : kNone; });
  return result;
}

TimeSeries counted(std::span<const TimeSeries> list) {
  TimeSeries result = plain_series(fmt::format("countSeries({})", paths_of(list)));
  fill(result, Rows(list), [](const std::vector<double>& row) { return static_cast<double>(row.size()); });
  return result;
}

TimeSeries plain_series(std::string name) {
  TimeSeries series{.name = name, .path = name, .tags = {{"name", name}}};
  return series;
}

}  // namespace kilometric::graphite

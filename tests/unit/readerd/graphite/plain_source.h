// A Source for tests: a few series of one value a step, by the paths they match.
//
// Tests own it. An unknown path has no series.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "readerd/graphite/evaluate.h"

namespace kilometric::graphite {

class PlainSource : public Source {
 public:
  /// The values are those from the second step after `from` on, whatever is asked for; Graphite's first point.
  void add(const std::string& path, const std::string& name, std::vector<double> values,
           Consolidation consolidation = Consolidation::average) {
    TimeSeries series{.name = name, .path = path, .start = 0, .step = 10};
    series.tags["name"] = name;
    series.values = std::move(values);
    series.consolidation = consolidation;
    by_path_[path].push_back(std::move(series));
  }

  SeriesList series(std::string_view path, int64_t from, int64_t until) override {
    asked.emplace_back(path, std::pair(from, until));
    const auto found = by_path_.find(std::string(path));
    if (found == by_path_.end()) return {};
    SeriesList list = found->second;
    for (auto& series : list) cut(series, from, until);
    return list;
  }

  std::vector<std::pair<std::string, std::pair<int64_t, int64_t>>> asked;

 private:
  // The values begin at the time 0; what lies outside of them is kNone.
  static void cut(TimeSeries& series, int64_t from, int64_t until) {
    std::vector<double> values;
    series.start = from - ((from % 10) + 10) % 10 + 10;
    for (int64_t at = series.start; at <= until; at += 10) {
      const bool inside = at >= 0 && static_cast<size_t>(at / 10) < series.values.size();
      values.push_back(inside ? series.values[static_cast<size_t>(at / 10)] : kNone);
    }
    series.values = std::move(values);
  }

  std::map<std::string, SeriesList> by_path_;
};

}  // namespace kilometric::graphite

// A Source for tests: a few series of one value a step, by the paths they match.
//
// Tests own it. An unknown path has no series.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "readerd/graphite/evaluate.h"
#include "readerd/graphite/number_text.h"

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

/// "NAME@START/STEP VALUE VALUE\n" of each series, or the words of a refusal.
inline std::string evaluated(std::string_view target, Source& source,
                             Context context = {.from = -10, .until = 30, .step = 10, .now = 30}) {
  Budget budget;
  context.budget = &budget;
  const auto expression = parse_target(target);
  if (const auto* refusal = std::get_if<Refusal>(&expression)) return refusal->message;
  const auto result = evaluate(std::get<Expression>(expression), context, source);
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refusal->message;
  std::string text;
  for (const auto& series : std::get<SeriesList>(result)) {
    text += series.name + "@" + std::to_string(series.start) + "/" + std::to_string(series.step);
    for (const double value : series.values) text += " " + (!std::isnan(value) ? short_number(value) : "None");
    text += "\n";
  }
  return text;
}

}  // namespace kilometric::graphite

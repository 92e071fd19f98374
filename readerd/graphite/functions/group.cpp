// Functions that combine series group by group.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/nodes.h"
#include "readerd/graphite/functions/rows.h"

namespace kilometric::graphite {
namespace {

// Under its key each: in the order in which these are met.
class Groups {
 public:
  void add(const std::string& key, TimeSeries series) {
    const auto [found, is_new] = places_.try_emplace(key, groups_.size());
    if (is_new) groups_.emplace_back(key, SeriesList());
    groups_[found->second].second.push_back(std::move(series));
  }

  SeriesList combined(const std::string& callback) const {
    SeriesList result;
    for (const auto& [key, members] : groups_) {
      result.push_back(one_of(members, callback));
      result.back().name = key;
    }
    return result;
  }

 private:
  static TimeSeries one_of(const SeriesList& members, const std::string& callback) {
    if (callback == "countSeries") return counted(members);
    if (callback == "multiplySeries" && members.size() == 1) return members[0];
    const std::string word(without_series(callback == "avg" ? "average" : callback));
    return aggregate(members, *read_aggregation(callback), word);
  }

  std::map<std::string, size_t> places_;
  std::vector<std::pair<std::string, SeriesList>> groups_;
};

SeriesList group_by_node(Call& call) {
  Groups groups;
  for (auto& series : call.series(0)) {
    const std::string key = node_of(series, call, 1);
    groups.add(key, std::move(series));
  }
  return groups.combined(call.text(2));
}

SeriesList group_by_nodes(Call& call) {
  Groups groups;
  for (auto& series : call.series(0)) {
    const std::string key = nodes_of(series, call, 2);
    groups.add(key, std::move(series));
  }
  return groups.combined(call.text(1));
}

std::string tag_of(const TimeSeries& series, const std::string& tag) {
  const auto found = series.tags.find(tag);
  return found == series.tags.end() ? std::string() : found->second;
}

std::string common_name(const SeriesList& list, const std::string& otherwise) {
  std::set<std::string> names;
  for (const auto& series : list) names.insert(tag_of(series, "name"));
  return names.size() == 1 ? *names.begin() : otherwise;
}

SeriesList group_by_tags(Call& call) {
  std::set<std::string> tags;
  for (size_t i = 2; i < call.count(); ++i)
    if (call.given(i)) tags.insert(call.text(i));
  const bool by_name = tags.erase("name") > 0;
  const std::string name = by_name ? std::string() : common_name(call.series(0), call.text(1));
  Groups groups;
  std::map<std::string, std::map<std::string, std::string>> tags_of_key;
  for (auto& series : call.series(0)) {
    std::map<std::string, std::string> own{{"name", by_name ? tag_of(series, "name") : name}};
    std::string key = own["name"];
    for (const auto& tag : tags) key += ";" + tag + "=" + (own[tag] = tag_of(series, tag));
    tags_of_key[key] = std::move(own);
    groups.add(key, std::move(series));
  }
  SeriesList result = groups.combined(call.text(1));
  for (auto& series : result) series.tags = tags_of_key[series.path = series.name];
  return result;
}

SeriesList with_wildcards(Call& call, const std::string& callback) {
  std::set<int64_t> positions;
  for (size_t i = 1; i < call.count(); ++i)
    if (call.given(i)) positions.insert(call.integer(i));
  Groups groups;
  for (auto& series : call.series(0)) {
    std::vector<std::string> kept;
    const auto nodes = split_nodes(series.name);
    for (size_t i = 0; i < nodes.size(); ++i)
      if (!positions.contains(static_cast<int64_t>(i))) kept.push_back(nodes[i]);
    groups.add(join_nodes(kept), std::move(series));
  }
  return groups.combined(callback);
}

SeriesList sum_with_wildcards(Call& call) { return with_wildcards(call, "sum"); }
SeriesList average_with_wildcards(Call& call) { return with_wildcards(call, "average"); }
SeriesList multiply_with_wildcards(Call& call) { return with_wildcards(call, "multiply"); }

}  // namespace

std::vector<Function> grouping_functions() {
  const Parameter positions{"position", Type::node, false, {}, true};
  const Parameter callback{"callback", Type::aggregation, true};
  return {
      {"averageSeriesWithWildcards",
       "Combine",
       "The average of those series that differ in these nodes alone.",
       {kSeriesList, positions},
       average_with_wildcards},
      {"groupByNode",
       "Combine",
       "One series of all that have the same node.",
       {kSeriesList,
        {"nodeNum", Type::node_or_tag, true},
        {"callback", Type::aggregation, false, "\"average\""}},
       group_by_node},
      {"groupByNodes",
       "Combine",
       "One series of all that have the same nodes.",
       {kSeriesList, callback, {"nodes", Type::node_or_tag, false, {}, true}},
       group_by_nodes},
      {"groupByTags",
       "Combine",
       "One series of all that have the same tags.",
       {kSeriesList, callback, {"tags", Type::tag, true, {}, true}},
       group_by_tags},
      {"multiplySeriesWithWildcards",
       "Combine",
       "The product of those series that differ in these nodes alone.",
       {kSeriesList, positions},
       multiply_with_wildcards},
      {"sumSeriesWithWildcards",
       "Combine",
       "The sum of those series that differ in these nodes alone.",
       {kSeriesList, positions},
       sum_with_wildcards},
  };
}

}  // namespace kilometric::graphite

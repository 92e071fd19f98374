// Functions that give series other names.
#include <algorithm>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/functions/nodes.h"
#include "readerd/graphite/functions/regex.h"

namespace kilometric::graphite {
namespace {

SeriesList alias(Call& call) {
  for (auto& series : call.series(0)) series.name = call.text(1);
  return std::move(call.series(0));
}

SeriesList alias_by_node(Call& call) {
  for (auto& series : call.series(0)) series.name = nodes_of(series, call, 1);
  return std::move(call.series(0));
}

SeriesList alias_sub(Call& call) {
  Regex regex(call.text(1), call.regex_steps());
  for (auto& series : call.series(0)) series.name = regex.replace(series.name, call.text(2));
  return std::move(call.series(0));
}

// What stands between the innermost opening and the first closing parenthesis.
std::string innermost(const std::string& name) {
  const size_t left = name.rfind('(') + 1;  // npos + 1 is 0
  const size_t right = std::min(name.find(')'), name.size());
  return right < left ? std::string() : name.substr(left, right - left);
}

size_t place(int64_t wanted, size_t count) {
  const auto size = static_cast<int64_t>(count);
  return static_cast<size_t>(std::clamp<int64_t>(wanted < 0 ? wanted + size : wanted, 0, size));
}

std::string some_nodes(const std::string& name, int64_t start, int64_t stop) {
  const auto nodes = split_nodes(innermost(name));
  const size_t from = place(start, nodes.size());
  const size_t to = stop == 0 ? nodes.size() : place(stop, nodes.size());
  const auto at = [&](size_t i) { return nodes.begin() + static_cast<ptrdiff_t>(i); };
  const std::string text = from < to ? join_nodes({at(from), at(to)}) : std::string();
  return text.substr(0, text.find(','));
}

SeriesList substr(Call& call) {
  for (auto& series : call.series(0)) series.name = some_nodes(series.name, call.integer(1), call.integer(2));
  return std::move(call.series(0));
}

SeriesList alias_by_metric(Call& call) {
  for (auto& series : call.series(0)) series.name = some_nodes(series.name, -1, 0);
  return std::move(call.series(0));
}

}  // namespace

std::vector<Function> naming_functions() {
  const Parameter start{"start", Type::node, false, "0"}, stop{"stop", Type::node, false, "0"};
  return {
      {"alias", "Alias", "Gives all series this name.", {kSeriesList, {"newName", Type::string, true}}, alias},
      {"aliasByMetric",
       "Alias",
       "Names each series by the last node of its path.",
       {kSeriesList},
       alias_by_metric},
      {"aliasByNode",
       "Alias",
       "Names each series by nodes of its path, counted from 0, or by its tags.",
       {kSeriesList, {"nodes", Type::node_or_tag, true, {}, true}},
       alias_by_node},
      {"aliasByTags",
       "Alias",
       "Names each series by its tags, or by nodes of its path.",
       {kSeriesList, {"tags", Type::node_or_tag, true, {}, true}},
       alias_by_node},
      {"aliasSub",
       "Alias",
       "Replaces what a regular expression matches in the names; \\1 stands for its first group.",
       {kSeriesList, {"search", Type::string, true}, {"replace", Type::string, true}},
       alias_sub},
      {"substr",
       "Special",
       "Names each series by some nodes of its path, from start to before stop.",
       {kSeriesList, start, stop},
       substr},
  };
}

}  // namespace kilometric::graphite

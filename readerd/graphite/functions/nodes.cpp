#include "readerd/graphite/functions/nodes.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "readerd/graphite/expression.h"

namespace kilometric::graphite {
namespace {

// The first path of a name that is a call, else the name.
std::string path_in(const std::string& name) {
  if (!name.ends_with(')')) return name;
  const auto parsed = parse_target(name);
  const auto* expression = std::get_if<Expression>(&parsed);
  while (expression != nullptr && expression->kind == Expression::Kind::call)
    expression = expression->arguments.empty() ? nullptr : &expression->arguments[0];
  const bool found = expression != nullptr && expression->kind == Expression::Kind::path;
  return found && !expression->text.starts_with("seriesByTag(") ? expression->text : name;
}

std::string tag_of(const TimeSeries& series, const std::string& tag) {
  const auto found = series.tags.find(tag);
  return found == series.tags.end() ? std::string() : found->second;
}

std::string node_or_tag(const TimeSeries& series, const std::vector<std::string>& nodes, const Call& call,
                        size_t at) {
  if (call.is_text(at)) return tag_of(series, call.text(at));
  const int64_t wanted = call.integer(at), count = static_cast<int64_t>(nodes.size());
  const int64_t node = wanted < 0 ? wanted + count : wanted;
  return node >= 0 && node < count ? nodes[static_cast<size_t>(node)] : tag_of(series, call.shown(at));
}

}  // namespace

std::vector<std::string> split_nodes(std::string_view path) {
  std::vector<std::string> nodes;
  while (true) {
    const size_t dot = path.find('.');
    nodes.emplace_back(path.substr(0, dot));
    if (dot == path.npos) return nodes;
    path.remove_prefix(dot + 1);
  }
}

std::string join_nodes(const std::vector<std::string>& nodes) {
  std::string text;
  for (const auto& node : nodes) text.append(node).push_back('.');
  if (!text.empty()) text.pop_back();
  return text;
}

std::string node_of(const TimeSeries& series, const Call& call, size_t at) {
  const std::string path = path_in(series.name);
  return node_or_tag(series, split_nodes(std::string_view(path).substr(0, path.find(';'))), call, at);
}

std::string nodes_of(const TimeSeries& series, const Call& call, size_t first) {
  const std::string path = path_in(series.name);
  const auto nodes = split_nodes(std::string_view(path).substr(0, path.find(';')));
  std::vector<std::string> found;
  for (size_t i = first; i < call.count(); ++i)
    if (call.given(i)) found.push_back(node_or_tag(series, nodes, call, i));
  return join_nodes(found);
}

}  // namespace kilometric::graphite

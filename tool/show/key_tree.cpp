#include "tool/show/key_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/json.h"
#include "common/utf8.h"
#include "tool/show/number.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr size_t kCountColumns = 11;

std::string_view take_until(std::string_view& text, char end) {
  const size_t bytes = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, bytes);
  text.remove_prefix(std::min(bytes + 1, text.size()));
  return part;
}

}  // namespace

bool KeyTree::add(std::string_view kind, std::string_view key) {
  if (root_.count == kMost) return false;
  std::string_view tags = key;
  std::string_view name = take_until(tags, ';');
  Node* node = &root_;
  ++node->count;
  do {
    std::unique_ptr<Node>& next = node->below[std::string(take_until(name, '.'))];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
    ++node->count;
  } while (!name.empty());
  node->kinds.emplace(kind);
  while (!tags.empty()) {
    std::string_view value = take_until(tags, ';');
    const std::string_view tag = take_until(value, '=');
    node->tags[std::string(tag)].emplace(value);
  }
  return true;
}

std::vector<const KeyTree::Below*> KeyTree::by_count(const Node& node) {
  std::vector<const Below*> order;
  for (const Below& below : node.below) order.push_back(&below);
  std::ranges::stable_sort(order, std::greater(), [](const Below* below) { return below->second->count; });
  return order;
}

/// What is told of a node behind its count: "timer  dc 2, host 14"
std::string KeyTree::words_of(const Node& node) {
  std::string text = fmt::format("{}", fmt::join(node.kinds, ", "));
  std::string tags;
  for (const auto& [tag, values] : node.tags)
    tags += fmt::format("{}{} {}", tags.empty() ? "" : ", ", printable(tag),
                        readable(std::to_string(values.size())));
  return tags.empty() ? text : text + "  by " + tags;
}

void KeyTree::draw(const Node& node, const Terminal& terminal, const std::string& indent, size_t depth,
                   std::string& text) {
  const auto order = by_count(node);
  const size_t room = std::max<size_t>(terminal.columns / 2, columns_of(indent) + 12);
  for (const Below* below : order) {
    const bool last = below == order.back();
    const Node& child = *below->second;
    const std::string branch = indent + (last ? "└─ " : "├─ ");
    const size_t columns = columns_of(branch);
    const bool hides = depth == 1 && !child.below.empty();
    const std::string name = cut_to(printable(below->first) + (hides ? ".*" : ""), room - columns);
    text += terminal.faint(branch) + padded(name, room - columns) +
            padded_left(readable(std::to_string(child.count)), kCountColumns);
    const std::string words = words_of(child);
    const size_t left = terminal.columns - std::min(terminal.columns, room + kCountColumns + 2);
    if (!words.empty() && left > 6) text += "  " + terminal.faint(cut_behind(words, left));
    text += '\n';
    if (depth > 1) draw(child, terminal, indent + (last ? "   " : "│  "), depth - 1, text);
  }
}

std::string KeyTree::draw(const Terminal& terminal, size_t depth) const {
  const size_t room = std::max<size_t>(terminal.columns / 2, 12);
  std::string text =
      padded("all", room) + padded_left(readable(std::to_string(root_.count)), kCountColumns) + "\n";
  draw(root_, terminal, "", depth, text);
  return text;
}

void KeyTree::write_json(const Node& node, std::string& text) {
  text += fmt::format("\"count\":{}", node.count);
  const auto list = [&](const char* name, const auto& of, auto write) {
    if (of.empty()) return;
    text += name;
    const char* between = "";
    for (const auto& one : of) {
      text += between;
      between = ",";
      write(one);
    }
  };
  const auto string = [&](std::string_view what) { text += harmless_json(json_string(valid_utf8(what))); };
  list(",\"kinds\":[", node.kinds, [&](const std::string& kind) { string(kind); });
  if (!node.kinds.empty()) text += ']';
  list(",\"tags\":{", node.tags, [&](const auto& tag) {
    string(tag.first);
    text += fmt::format(":{}", tag.second.size());
  });
  if (!node.tags.empty()) text += '}';
  list(",\"below\":[", node.below, [&](const Below& below) {
    text += "{\"name\":";
    string(below.first);
    text += ',';
    write_json(*below.second, text);
    text += '}';
  });
  if (!node.below.empty()) text += ']';
}

std::string KeyTree::json() const {
  std::string text = "{";
  write_json(root_, text);
  return text + "}\n";
}

}  // namespace kilometric::tool

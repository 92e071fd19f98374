// The names of metrics as a tree, cut at their dots, with how many metrics there are below each node, and how
// many values the tags have: where the many are.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/show/terminal.h"

namespace kilometric::tool {

class KeyTree {
 public:
  static constexpr size_t kMost = 10'000'000;  ///< metrics

  /// False when there is no room for more.
  bool add(std::string_view kind, std::string_view key);
  size_t size() const { return root_.count; }

  /// Lines that end, `depth` levels of them; the nodes of a level with the most below them first.
  std::string draw(const Terminal& terminal, size_t depth) const;

  /// {"name":"web","count":3,"kinds":["counter"],"tags":{"dc":2},"below":[...]}, and a line end.
  std::string json() const;

 private:
  struct Node {
    size_t count = 0;                                                ///< of metrics, its own and those below
    std::set<std::string> kinds;                                     ///< its own
    std::map<std::string, std::set<std::string>, std::less<>> tags;  ///< their values
    std::map<std::string, std::unique_ptr<Node>, std::less<>> below;
  };
  using Below = std::pair<const std::string, std::unique_ptr<Node>>;

  static std::vector<const Below*> by_count(const Node& node);
  static std::string words_of(const Node& node);
  static void draw(const Node& node, const Terminal& terminal, const std::string& indent, size_t depth,
                   std::string& text);
  static void write_json(const Node& node, std::string& text);

  Node root_;
};

}  // namespace kilometric::tool

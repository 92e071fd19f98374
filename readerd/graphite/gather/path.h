// A path of Graphite's: nodes with dots between them, each a pattern for one node of a key.
//
//   web.*.hits     web.1.hits, and not web.1.2.hits
//   disk?.{a,b}.[0-9]
//   why\*          the character itself
//
// Made of what a client wrote. Patterns are those of common/metric/glob.h, and a question mark is any one byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/metric/glob.h"

namespace kilometric::graphite {

struct PathNode {
  std::string text;  ///< as it was written
  Glob glob;
  std::optional<std::string> literal;  ///< of a node that is no pattern
};

class Path {
 public:
  static constexpr size_t kMostNodes = 100;

  /// A refusal is a 400.
  static std::variant<Path, Refusal> parse(std::string_view text);
  explicit Path(std::vector<PathNode> nodes) : nodes_(std::move(nodes)) {}

  size_t size() const { return nodes_.size(); }
  const PathNode& operator[](size_t place) const { return nodes_[place]; }

  /// `count` nodes from the one at `first` on.
  Path part(size_t first, size_t count) const;

 private:
  std::vector<PathNode> nodes_;
};

}  // namespace kilometric::graphite

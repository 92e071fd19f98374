#include "readerd/graphite/gather/path.h"

#include <fmt/format.h>

#include <utility>

#include "common/utf8.h"

namespace kilometric::graphite {
namespace {

/// Where the node that begins at `from` ends: at a dot outside of braces and brackets.
size_t end_of_node(std::string_view text, size_t from) {
  char closing = 0;
  for (size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == closing)
      closing = 0;
    else if (closing == 0 && text[at] == '{' && text.find('}', at) != text.npos)
      closing = '}';
    else if (closing == 0 && text[at] == '[' && text.find(']', at) != text.npos)
      closing = ']';
    else if (closing == 0 && text[at] == '.')
      return at;
  }
  return text.size();
}

/// As common/metric/glob.h has it: a question mark is a pattern of one byte, and no backslash stands before
/// what is no pattern.
std::string glob_of(std::string_view text) {
  std::string glob;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool escaped = text[at] == '\\' && at + 1 < text.size();
    if (!escaped && text[at] == '?') {
      glob += "[!.]";
      continue;
    }
    if (escaped && std::string_view("*[{}]\\").find(text[++at]) != std::string_view::npos) glob += '\\';
    glob += text[at];
  }
  return glob;
}

}  // namespace

std::variant<Path, Refusal> Path::parse(std::string_view text) {
  if (valid_utf8(text) != text) return Refusal{400, "a path is not UTF-8"};
  std::vector<PathNode> nodes;
  for (size_t from = 0; from <= text.size();) {
    const size_t end = end_of_node(text, from);
    const std::string_view node = text.substr(from, end - from);
    auto glob = Glob::parse(glob_of(node));
    if (!glob)
      return Refusal{400, fmt::format("{}: the braces of a node make more than {} patterns", text,
                                      Glob::kMostAlternatives)};
    auto literal = glob->literal();
    nodes.push_back({std::string(node), *std::move(glob), std::move(literal)});
    if (nodes.size() > kMostNodes)
      return Refusal{400, fmt::format("a path has more than {} nodes", kMostNodes)};
    from = end + 1;
  }
  return Path(std::move(nodes));
}

Path Path::part(size_t first, size_t count) const {
  const auto begin = nodes_.begin() + static_cast<ptrdiff_t>(first);
  return Path({begin, begin + static_cast<ptrdiff_t>(count)});
}

}  // namespace kilometric::graphite

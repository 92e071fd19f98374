#include "readerd/query/globs.h"

#include <utility>

#include "common/metric/key.h"

namespace kilometric {

std::optional<std::string> read_globs(const QueryString& parameters, std::vector<Glob>& globs) {
  for (const auto& [name, value] : parameters.all()) {
    if (name != "key") continue;
    if (globs.size() == kMostGlobs) return "key: more than 100 of them; use a pattern";
    if (const char* error = key_error(value)) return std::string("key: ") + error;
    auto glob = Glob::parse(value);
    if (!glob) return "key: the braces make more than 100 patterns";
    globs.push_back(std::move(*glob));
  }
  if (alternatives_of(globs) > Glob::kMostAlternatives)
    return "key: more than 100 patterns in all, each brace's counted";
  if (globs.empty()) return "key is missing: name the metric, as in key=my-metric";
  return std::nullopt;
}

size_t alternatives_of(const std::vector<Glob>& globs) {
  size_t sum = 0;
  for (const Glob& glob : globs) sum += glob.alternatives();
  return sum;
}

}  // namespace kilometric

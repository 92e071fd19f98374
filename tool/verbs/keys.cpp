// `kilometric keys`: a list of the metrics, or a tree of their names with the counts below each node.
#include <fmt/format.h>

#include <memory>

#include "common/json.h"
#include "tool/failure.h"
#include "tool/reader/key_pages.h"
#include "tool/show/key_tree.h"
#include "tool/show/terminal.h"
#include "tool/text.h"
#include "tool/verbs/all.h"

namespace kilometric::tool {
namespace {

struct KeysOptions {
  std::vector<std::string> patterns, tags;
  std::string kind, depth = "3";
  bool tree = false;
};

constexpr const char* kMore =
    "A PATTERN is as of read: web.*, {a,b}, [0-9]. The tree says how many metrics are below each node,\n"
    "and how many values each tag has: where the many are.\n\n"
    "  kilometric keys 'web.*'\n"
    "  kilometric keys --tree --depth 1\n";

size_t depth_of(const std::string& text) {
  const bool good =
      !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!good || std::stoul(text) == 0) throw Failure(kUsage, "--depth " + printable(text) + ": it is 1 to 999");
  return std::stoul(text);
}

KeyChoice choice_of(const KeysOptions& options) {
  check_kind(options.kind);
  return {options.kind, options.patterns.empty() ? "" : options.patterns.front(), options.tags};
}

/// A key a line, behind its kind; in JSON an object a line.
size_t print_list(const Reader& reader, const KeyChoice& choice, bool json) {
  size_t count = 0;
  for_each_key(reader, choice, [&](std::string_view kind, const std::string& key) {
    ++count;
    put(json ? fmt::format("{{\"kind\":\"{}\",\"key\":{}}}\n", kind, harmless_json(json_string(key)))
             : fmt::format("{:<7} {}\n", kind, printable(key)));
  });
  return count;
}

size_t print_tree(const Reader& reader, const KeysOptions& options, bool json) {
  KeyTree tree;
  for_each_key(reader, choice_of(options), [&](std::string_view kind, const std::string& key) {
    if (!tree.add(kind, key))
      throw Failure(kNothing, "more than ten million metrics; give a pattern, such as 'web.*'");
  });
  put(json ? tree.json() : tree.draw(Terminal::of_stdout(), depth_of(options.depth)));
  return tree.size();
}

int run_keys(const KeysOptions& options, const Common& common) {
  const Reader reader(common);
  depth_of(options.depth);
  const size_t count = options.tree ? print_tree(reader, options, common.json)
                                    : print_list(reader, choice_of(options), common.json);
  if (count > 0) return 0;
  fmt::print(stderr, "kilometric: there is no such metric{}\n",
             options.patterns.empty() ? "; nothing has been counted yet" : "");
  return kNothing;
}

}  // namespace

Verb keys_verb() {
  const auto options = std::make_shared<KeysOptions>();
  Verb verb{"keys", "[PATTERN]", "Lists the metrics", kMore};
  verb.options = {
      {"--tree", "", "as a tree, with how many there are below each node", &options->tree},
      {"--depth", "N", "so many levels of it; 3 unless said", &options->depth},
      {"--kind", "KIND", "counters, gauges, timers or sets alone: counter, gauge, timer, set", &options->kind},
      {"--tag", "TAG", "those with it: env:prod, !canary; may be repeated", &options->tags},
  };
  verb.positional = &options->patterns;
  verb.most_arguments = 1;
  verb.run = [options](const Common& common) { return run_keys(*options, common); };
  return verb;
}

}  // namespace kilometric::tool

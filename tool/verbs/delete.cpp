// `kilometric delete`: metrics, with all that is stored of them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "common/json.h"
#include "common/utf8.h"
#include "tool/failure.h"
#include "tool/reader/key_pages.h"
#include "tool/show/ask.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/text.h"
#include "tool/verbs/all.h"

namespace kilometric::tool {
namespace {

struct DeleteOptions {
  std::vector<std::string> patterns, tags;
  std::string kind, idle;
  bool dry_run = false, yes = false;
};

constexpr const char* kMore =
    "It shows what it found, and asks before anything goes. readerd must allow it: its setting is\n"
    "KILOMETRIC_ALLOW_DELETE=on. A metric that is still counted comes back.\n\n"
    "  kilometric delete 'test.*' --dry-run\n"
    "  kilometric delete '*' --idle 90d\n";

constexpr size_t kMost = 1'000'000, kShown = 20;

using Keys = std::vector<std::pair<std::string, std::string>>;  ///< kind and key

/// Whether nothing was written for so long.
bool is_idle(const Reader& reader, const std::string& kind, const std::string& key, int64_t since) {
  Query query("/read");
  query.add("key", literal_pattern(key))
      .add("kind", kind)
      .add("type", "value")
      .add("from", std::to_string(since));
  const Json answer = reader.get_json(query);
  const JsonValue* values = find(answer, "values");
  if (values == nullptr || !values->IsArray())
    throw Failure(kUnreachable, "the answer is none of readerd's /read");
  return values->Empty();
}

Keys find_keys(const Reader& reader, const DeleteOptions& options) {
  Keys keys;
  for_each_key(reader, {options.kind, options.patterns.front(), options.tags},
               [&](std::string_view kind, std::string key) {
                 if (keys.size() == kMost)
                   throw Failure(kNothing, "more than a million metrics; a narrower pattern");
                 keys.emplace_back(kind, std::move(key));
               });
  if (options.idle.empty()) return keys;
  const auto idle = span_ms(options.idle);
  if (!idle || *idle == 0)
    throw Failure(kUsage, "--idle " + printable(options.idle) + ": it is a span, as in 30d");
  const int64_t since = now_ms() - *idle;
  std::erase_if(keys, [&](const auto& key) { return !is_idle(reader, key.first, key.second, since); });
  return keys;
}

void show(const Keys& keys, bool json) {
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto& [kind, key] = keys[i];
    if (json)
      put(fmt::format("{{\"kind\":\"{}\",\"key\":{}}}\n", kind, harmless_json(json_string(valid_utf8(key)))));
    else
      put(fmt::format("{:<7} {}\n", kind, printable(key)));
  }
}

/// What is asked about, on stderr: a few names, and how many more.
void tell(const Keys& keys) {
  for (size_t i = 0; i < std::min(keys.size(), kShown); ++i)
    fmt::print(stderr, "  {:<7} {}\n", keys[i].first, printable(keys[i].second));
  if (keys.size() > kShown) fmt::print(stderr, "  and {} more; --dry-run lists all\n", keys.size() - kShown);
}

/// One that is gone already counts for nothing.
size_t remove(const Reader& reader, const Keys& keys) {
  size_t removed = 0;
  for (const auto& [kind, key] : keys) {
    const HttpAnswer answer = reader.ask("DELETE", Query("/keys").add("key", key).add("kind", kind));
    if (answer.status == 404) continue;
    if (answer.status != 204 && removed > 0)
      fmt::print(stderr, "kilometric: {} were deleted until now\n", removed);
    refuse_failed(answer, reader.url());
    ++removed;
  }
  return removed;
}

int run_delete(const DeleteOptions& options, const Common& common) {
  check_kind(options.kind);
  const Reader reader(common);
  const Keys keys = find_keys(reader, options);
  if (keys.empty()) {
    fmt::print(stderr, "kilometric: there is no such metric\n");
    return kNothing;
  }
  if (options.dry_run) {
    show(keys, common.json);
    fmt::print(stderr, "kilometric: {} would be deleted\n", keys.size());
    return 0;
  }
  if (!options.yes) {
    tell(keys);
    if (!agrees(fmt::format("delete {} {}, with all that is stored of {}?", keys.size(),
                            keys.size() == 1 ? "metric" : "metrics", keys.size() == 1 ? "it" : "them")))
      return kNothing;
  }
  const size_t removed = remove(reader, keys);
  fmt::print(stderr, "kilometric: {} deleted\n", removed);
  return 0;
}

}  // namespace

Verb delete_verb() {
  const auto options = std::make_shared<DeleteOptions>();
  Verb verb{"delete", "PATTERN", "Deletes metrics, with all that is stored of them", kMore};
  verb.options = {
      {"--idle", "SPAN", "those alone of which nothing was written for so long: 30d", &options->idle},
      {"--kind", "KIND", "counters, gauges, timers or sets alone", &options->kind},
      {"--tag", "TAG", "those with it: env:prod, !canary; may be repeated", &options->tags},
      {"--dry-run", "", "lists what would be deleted, and deletes nothing", &options->dry_run},
      {"--yes,-y", "", "does not ask", &options->yes},
  };
  verb.positional = &options->patterns;
  verb.least_arguments = verb.most_arguments = 1;
  verb.run = [options](const Common& common) { return run_delete(*options, common); };
  return verb;
}

}  // namespace kilometric::tool

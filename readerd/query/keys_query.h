// What the requests about keys ask for: `GET /keys`; `GET /tags` and `GET /tags/<tag>`; and `key=`, which names
// one metric for `DELETE /keys`, and metrics or patterns for `GET /live`; each with `kind=`. Parsed and
// checked; a refusal is a 400 that names the parameter and its rule.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "common/metric/glob.h"
#include "common/metric/kind.h"
#include "readerd/keys/tag_filter.h"
#include "readerd/query/measure.h"

namespace kilometric {

struct KeysQuery {
  static constexpr size_t kUsualLimit = 1'000;
  static constexpr size_t kMostLimit = 10'000;

  Glob match;
  size_t limit;
  std::string cursor;  ///< the last key of the page before; empty: there is none
  Kind kind = Kind::counter;
  std::optional<TagFilters> tags;  ///< nullopt: whole keys are matched
};

struct TagsQuery {
  static constexpr size_t kMostLimit = 10'000;

  std::string tag;  ///< whose values are wanted; empty: the tags are
  std::string prefix;
  std::string cursor;  ///< the last value of the page before; empty: there is none
  size_t limit = kMostLimit;
  bool plain = false;  ///< the answer is a list of texts, as Graphite's completion has it
};

struct MetricQuery {
  std::string key;
  std::optional<Kind> kind;  ///< nullopt: every kind of that name
};

struct LiveQuery {
  std::vector<Glob> globs;  ///< none when events alone are asked for
  Measure measure;
  std::optional<TagFilters> events;  ///< that are told, too; nullopt: none are
};

/// The statistics that an event tells, of `kind`. It is of no period, so it has no rate.
std::variant<std::vector<Stat>, Refusal> stats_of_events(const Measure& measure, Kind kind);

std::variant<KeysQuery, Refusal> parse_keys_query(std::string_view text);
/// `path`: what is behind `/tags`, as it was sent; a refusal of it is a 404 when it is no route.
std::variant<TagsQuery, Refusal> parse_tags_query(std::string_view path, std::string_view text);
std::variant<MetricQuery, Refusal> parse_metric_query(std::string_view text);
std::variant<LiveQuery, Refusal> parse_live_query(std::string_view text);

}  // namespace kilometric

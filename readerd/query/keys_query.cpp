#include "readerd/query/keys_query.h"

#include <algorithm>
#include <utility>

#include "common/http/query_string.h"
#include "common/metric/key.h"
#include "common/redis/stream_id.h"
#include "readerd/query/globs.h"
#include "readerd/query/tags.h"

namespace kilometric {
namespace {

constexpr const char* kBadlyEncoded = "badly encoded query: a % must be followed by two hexadecimal digits";

std::optional<std::string> read_limit(const QueryString& parameters, size_t most, size_t& limit) {
  const std::string* const text = parameters.find("limit");
  if (text == nullptr) return std::nullopt;
  const auto number = parse_digits(*text);
  if (!number || *number == 0 || *number > most) return "limit: must be a whole number, 1 to 10000";
  limit = *number;
  return std::nullopt;
}

/// A path is encoded as a query is, but that a plus in it is one.
std::optional<Refusal> read_tag_path(std::string_view path, std::string& tag) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.find('/') != path.npos)
    return Refusal{404, "no such route; there are /tags and /tags/<tag>, in which a slash is written %2F"};
  std::string text;
  for (const char c : path) text.append(c == '+' ? "%2B" : std::string(1, c));
  auto decoded = percent_decode(text);
  if (!decoded) return Refusal{400, "badly encoded path: a % must be followed by two hexadecimal digits"};
  if (const char* error = tag_text_error(*decoded)) return Refusal{400, std::string("tag: ") + error};
  tag = std::move(*decoded);
  return std::nullopt;
}

/// `events=on`, with `tag=` of those that are wanted.
std::optional<std::string> read_events(const QueryString& parameters, std::optional<TagFilters>& filters) {
  const std::string* const events = parameters.find("events");
  if (events == nullptr || *events == "off") return std::nullopt;
  if (*events != "on") return "events: must be on or off";
  if (auto problem = read_tags(parameters, 0, filters)) return problem;
  if (!filters) filters.emplace();
  return std::nullopt;
}

std::variant<std::string, Refusal> read_key(const QueryString& parameters) {
  const std::string* const key = parameters.find("key");
  const auto named_key = [](const auto& parameter) { return parameter.first == "key"; };
  if (std::ranges::count_if(parameters.all(), named_key) > 1) return Refusal{400, "key: one at a time"};
  if (key == nullptr) return Refusal{400, "key is missing: name the metric, as in key=my-metric"};
  if (const char* error = key_error(*key)) return Refusal{400, std::string("key: ") + error};
  return *key;
}

}  // namespace

std::variant<KeysQuery, Refusal> parse_keys_query(std::string_view text) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, kBadlyEncoded};
  const std::string* const match = parameters->find("match");
  if (const char* error = match ? key_error(*match) : nullptr)
    return Refusal{400, std::string("match: ") + error};
  auto glob = Glob::parse(match ? *match : "*");
  if (!glob) return Refusal{400, "match: the braces make more than 100 patterns"};
  KeysQuery query{std::move(*glob), KeysQuery::kUsualLimit, {}, Kind::counter, {}};
  if (auto problem = read_tags(*parameters, query.match.alternatives(), query.tags))
    return Refusal{400, std::move(*problem)};
  if (auto problem = read_limit(*parameters, KeysQuery::kMostLimit, query.limit))
    return Refusal{400, std::move(*problem)};
  if (const std::string* const cursor = parameters->find("cursor")) query.cursor = *cursor;
  if (query.cursor.size() > kMaxTaggedKeyBytes)
    return Refusal{400, "cursor: must be what an earlier answer gave"};
  std::optional<Kind> kind;
  if (auto problem = read_kind(*parameters, kind)) return Refusal{400, std::move(*problem)};
  query.kind = kind.value_or(Kind::counter);
  return query;
}

std::variant<TagsQuery, Refusal> parse_tags_query(std::string_view path, std::string_view text) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, kBadlyEncoded};
  TagsQuery query;
  if (auto refusal = read_tag_path(path, query.tag)) return std::move(*refusal);
  if (parameters->find("filter") != nullptr)
    return Refusal{400, "filter: there are no regular expressions; prefix= takes how tags or values begin"};
  if (auto problem = read_limit(*parameters, TagsQuery::kMostLimit, query.limit))
    return Refusal{400, std::move(*problem)};
  for (const auto& [name, field] : {std::pair("prefix", &query.prefix), std::pair("cursor", &query.cursor)})
    if (const std::string* const value = parameters->find(name)) *field = *value;
  return query;
}

std::variant<MetricQuery, Refusal> parse_metric_query(std::string_view text) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, kBadlyEncoded};
  auto key = read_key(*parameters);
  if (auto* refusal = std::get_if<Refusal>(&key)) return std::move(*refusal);
  MetricQuery query{std::get<std::string>(std::move(key)), {}};
  if (auto problem = read_kind(*parameters, query.kind)) return Refusal{400, std::move(*problem)};
  return query;
}

std::variant<std::vector<Stat>, Refusal> stats_of_events(const Measure& measure, Kind kind) {
  auto stats = measure.stats(kind);
  if (auto* problem = std::get_if<std::string>(&stats)) return Refusal{400, std::move(*problem)};
  if (measure.bins() != 0) return Refusal{400, "stat: bins are not told of single events"};
  if (std::ranges::find(std::get<0>(stats), Stat::Of::rate, &Stat::of) != std::get<0>(stats).end())
    return Refusal{400, "stat: a rate is of periods, which an event has not"};
  return std::get<0>(std::move(stats));
}

std::variant<LiveQuery, Refusal> parse_live_query(std::string_view text) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, kBadlyEncoded};
  std::optional<TagFilters> events;
  if (auto problem = read_events(*parameters, events)) return Refusal{400, std::move(*problem)};
  if (events && parameters->find("key") == nullptr) return LiveQuery{{}, {}, std::move(events)};
  LiveQuery query{{}, {}, std::move(events)};
  if (auto problem = read_globs(*parameters, query.globs)) return Refusal{400, std::move(*problem)};
  if (auto problem = read_measure(*parameters, query.measure)) return Refusal{400, std::move(*problem)};
  if (query.measure.kind) {
    auto stats = stats_of_events(query.measure, *query.measure.kind);
    if (auto* refusal = std::get_if<Refusal>(&stats)) return std::move(*refusal);
  }
  return query;
}

}  // namespace kilometric

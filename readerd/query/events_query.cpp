#include "readerd/query/events_query.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/http/query_string.h"
#include "readerd/query/moment.h"
#include "readerd/query/tags.h"

namespace kilometric {
namespace {

using Problem = std::optional<std::string>;

Problem read_moment(const QueryString& parameters, const char* name, Edge edge, uint64_t now_ms, StreamId& id) {
  const std::string* const text = parameters.find(name);
  if (text == nullptr) return std::nullopt;
  const auto moment = parse_moment(*text, edge, now_ms);
  if (!moment)
    return std::string(name) +
           ": is no time; write milliseconds, a date and time (2020-10-21T18:05:44Z), now, -15min, - or +";
  id = *moment;
  return std::nullopt;
}

Problem read_range(const QueryString& parameters, uint64_t now_ms, IdRange& range) {
  if (auto problem = read_moment(parameters, "from", Edge::from, now_ms, range.from)) return problem;
  if (auto problem = read_moment(parameters, "to", Edge::to, now_ms, range.to)) return problem;
  if (range.to < range.from) return "from: is after to";
  const std::string* const text = parameters.find("cursor");
  if (text == nullptr) return std::nullopt;
  const auto cursor = parse_stream_id(*text);
  const auto before = cursor ? previous_id(*cursor) : std::nullopt;
  if (!before) return "cursor: must be what an earlier answer gave";
  range.to = std::min(range.to, *before);
  return std::nullopt;
}

Problem read_limit(const QueryString& parameters, size_t& limit) {
  const std::string* const text = parameters.find("limit");
  if (text == nullptr) return std::nullopt;
  const auto number = parse_digits(*text);
  if (!number || *number == 0 || *number > EventsQuery::kMostLimit)
    return "limit: must be a whole number, 1 to 10000";
  limit = *number;
  return std::nullopt;
}

}  // namespace

std::variant<EventsQuery, Refusal> parse_events_query(std::string_view text, uint64_t now_ms) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, "badly encoded query: a % must be followed by two hexadecimal digits"};
  EventsQuery query;
  std::optional<TagFilters> tags;
  if (auto problem = read_range(*parameters, now_ms, query.range)) return Refusal{400, std::move(*problem)};
  if (auto problem = read_limit(*parameters, query.limit)) return Refusal{400, std::move(*problem)};
  if (auto problem = read_tags(*parameters, 0, tags)) return Refusal{400, std::move(*problem)};
  if (tags) query.tags = std::move(*tags);
  return query;
}

}  // namespace kilometric

#include "readerd/query.h"

#include <optional>

#include "common/key.h"
#include "common/query_string.h"
#include "readerd/moment.h"

namespace kilometric {
namespace {

constexpr uint64_t kMostPeriodSeconds = 31'536'000;  // a year

using Problem = std::optional<std::string>;

Problem read_key(const std::string* text, Query& query) {
  if (text == nullptr) return "key is missing: name the metric, as in key=my-metric";
  if (const char* error = key_error(*text)) return std::string("key: ") + error;
  query.key = *text;
  return std::nullopt;
}

/// The original answered an unknown type with 200 and `{}`. A typo must not look like a metric
/// without values, so here it is an error.
Problem read_type(const std::string* text, Query& query) {
  if (text == nullptr) return "type is missing: type=counter or type=points";
  if (*text != "counter" && *text != "points") return "type: must be counter or points";
  query.type = *text == "counter" ? Query::Type::counter : Query::Type::points;
  return std::nullopt;
}

Problem read_moment(const std::string* text, const char* name, Edge edge, uint64_t now_ms,
                    StreamId& id) {
  if (text == nullptr) return std::nullopt;
  const auto moment = parse_moment(*text, edge, now_ms);
  if (!moment)
    return std::string(name) + ": must be milliseconds since the epoch (1603303544893), a stream ID "
           "(1603303544893-0), -, +, now, or a time before now (-15min; units s, min, h, d, w)";
  id = *moment;
  return std::nullopt;
}

Problem read_range(const QueryString& parameters, uint64_t now_ms, IdRange& range) {
  if (auto problem = read_moment(parameters.find("from"), "from", Edge::from, now_ms, range.from))
    return problem;
  if (auto problem = read_moment(parameters.find("to"), "to", Edge::to, now_ms, range.to))
    return problem;
  if (range.from > range.to) return "from: must not be after to";
  return std::nullopt;
}

Problem read_period(const std::string* text, Query& query) {
  if (text == nullptr) return std::nullopt;
  const auto seconds = parse_digits(*text);
  if (!seconds || *seconds == 0 || *seconds > kMostPeriodSeconds)
    return "period: must be a whole number of seconds, 1 to 31536000";
  query.period_ms = *seconds * 1000;
  return std::nullopt;
}

Problem read_all(const QueryString& parameters, uint64_t now_ms, Query& query) {
  if (auto problem = read_key(parameters.find("key"), query)) return problem;
  if (auto problem = read_type(parameters.find("type"), query)) return problem;
  if (auto problem = read_range(parameters, now_ms, query.range)) return problem;
  return read_period(parameters.find("period"), query);
}

}  // namespace

std::variant<Query, Refusal> parse_query(std::string_view text, uint64_t now_ms) {
  const auto parameters = QueryString::parse(text);
  if (!parameters)
    return Refusal{400, "badly encoded query: a % must be followed by two hexadecimal digits"};
  Query query;
  if (auto problem = read_all(*parameters, now_ms, query)) return Refusal{400, std::move(*problem)};
  return query;
}

}  // namespace kilometric

#include "readerd/query/query.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "common/http/query_string.h"
#include "common/metric/key.h"
#include "common/redis/layout.h"
#include "readerd/output/accept.h"
#include "readerd/query/globs.h"
#include "readerd/query/moment.h"
#include "readerd/query/tags.h"

namespace kilometric {
namespace {

constexpr uint64_t kUsualPeriodSeconds = 60;
constexpr uint64_t kMostPeriodSeconds = 31'536'000;  // a year
constexpr uint64_t kDaySeconds = layout::kDayMs / 1000;

using Problem = std::optional<std::string>;
using Type = Query::Type;

Problem read_keys(const QueryString& parameters, Query& query) {
  if (auto problem = read_globs(parameters, query.globs)) return problem;
  for (const Glob& glob : query.globs) query.name.append(query.name.empty() ? "" : ",").append(glob.text());
  return std::nullopt;
}

Problem read_tags_of(const QueryString& parameters, Query& query) {
  if (auto problem = read_tags(parameters, alternatives_of(query.globs), query.tags)) return problem;
  if (auto problem = read_by(parameters, query.by)) return problem;
  if (!query.by.empty() && !query.tags) query.tags.emplace();
  if (query.tags && query.name.find(';') != std::string::npos)
    return "key: with tag= or by= it is the name alone, without its tags";
  return std::nullopt;
}

/// Reads a parameter that is one of a few words.
template <class Value>
Problem read_word(const QueryString& parameters, std::string_view name,
                  std::initializer_list<std::pair<std::string_view, Value>> words, Value& value) {
  const std::string* const text = parameters.find(name);
  if (text == nullptr) return std::nullopt;
  const auto word = std::ranges::find(words, *text, &std::pair<std::string_view, Value>::first);
  if (word != words.end()) {
    value = word->second;
    return std::nullopt;
  }
  std::string allowed;
  for (const auto& each : words) allowed.append(allowed.empty() ? "" : " or ").append(each.first);
  return std::string(name) + ": must be " + allowed;
}

/// The original answered an unknown type with 200 and `{}`. A typo must not look like a metric
/// without values, so here it is an error.
Problem read_type(const QueryString& parameters, Type& type) {
  if (parameters.find("type") == nullptr) return "type is missing: type=value, type=points or type=rate";
  return read_word<Type>(parameters, "type",
                         {{"value", Type::whole},
                          {"counter", Type::whole},  // the original's
                          {"points", Type::points},
                          {"rate", Type::rate}},
                         type);
}

Problem read_zone(const QueryString& parameters, const date::time_zone*& zone) {
  const std::string* const name = parameters.find("tz");
  if (name == nullptr) return std::nullopt;
  zone = Period::find_zone(*name);
  if (zone == nullptr) return "tz: must be the name of a time zone, such as Europe/Vienna or UTC";
  return std::nullopt;
}

/// What moments are relative to.
struct Present {
  uint64_t now_ms;
  const date::time_zone* zone = nullptr;  ///< of days; UTC
};

Problem read_moment(const QueryString& parameters, const char* name, Edge edge, const Present& present,
                    StreamId& id) {
  const std::string* const text = parameters.find(name);
  if (text == nullptr) return std::nullopt;
  const auto moment = parse_moment(*text, edge, present.now_ms, present.zone);
  if (!moment)
    return std::string(name) +
           ": must be milliseconds since the epoch (1603303544893) or seconds (ten digits, 1603303544), a date "
           "(2020-10-21), a date and time with its zone (2020-10-21T18:05:44Z), a stream ID (1603303544893-0), "
           "-, +, now, or a time before now (-15min, -1h30m, now-1h; units s, min, h, d, w)";
  id = *moment;
  return std::nullopt;
}

Problem read_range(const QueryString& parameters, const Present& present, Selection& selection) {
  IdRange& range = selection.range;
  if (auto problem = read_moment(parameters, "from", Edge::from, present, range.from)) return problem;
  if (auto problem = read_moment(parameters, "to", Edge::to, present, range.to)) return problem;
  if (range.from > range.to) return "from: must not be after to";
  const std::string* const from = parameters.find("from");
  selection.from_given = from != nullptr && *from != "-";
  selection.to_given = range.to != kLastId;
  return std::nullopt;
}

Problem read_number(const QueryString& parameters, const char* name, uint64_t most, const char* rule,
                    uint64_t& number) {
  const std::string* const text = parameters.find(name);
  if (text == nullptr) return std::nullopt;
  const auto value = parse_digits(*text);
  if (!value || *value == 0 || *value > most) return std::string(name) + ": must be " + rule;
  number = *value;
  return std::nullopt;
}

Problem read_period(const QueryString& parameters, Type type, const date::time_zone* zone, Period& period) {
  uint64_t seconds = kUsualPeriodSeconds;
  if (auto problem = read_number(parameters, "period", kMostPeriodSeconds,
                                 "a whole number of seconds, 1 to 31536000", seconds))
    return problem;
  if (zone && seconds % kDaySeconds != 0) return "tz: is for periods of whole days, such as period=86400";
  if (type == Type::whole) return std::nullopt;
  period = zone ? Period::days(seconds / kDaySeconds, zone) : Period::seconds(seconds);
  return std::nullopt;
}

Problem read_shape(const QueryString& parameters, Query& query) {
  if (auto problem =
          read_word<Fill>(parameters, "fill", {{"null", Fill::null}, {"0", Fill::zero}, {"prev", Fill::prev}},
                          query.shape.fill))
    return problem;
  if (auto problem = read_word<Order>(
          parameters, "order", {{"asc", Order::ascending}, {"desc", Order::descending}}, query.selection.order))
    return problem;
  if (auto problem = read_word<bool>(parameters, "sum", {{"1", true}, {"0", false}}, query.sum)) return problem;
  if (query.sum && query.name.size() > kMaxTaggedKeyBytes)
    return "sum: the keys are longer than 1,023 bytes in all; use a pattern";
  if (auto problem =
          read_number(parameters, "limit", 1'000'000'000, "a whole number, 1 to 1000000000", query.shape.limit))
    return problem;
  const Selection& selection = query.selection;
  if (query.fills() && selection.from_given && selection.to_given && !query.shape.limits_filling() &&
      selection.period.buckets_between(selection.range.from.ms, selection.range.to.ms) >
          ShapeOptions::kMostFilled)
    return "fill: more than 100000 periods; use a longer period, a shorter range or a limit";
  return std::nullopt;
}

Problem read_format(const QueryString& parameters, Query& query) {
  return read_word<Format>(parameters, "format",
                           {{"json", Format::json}, {"csv", Format::csv}, {"ndjson", Format::ndjson}},
                           query.format);
}

Problem read_all(const QueryString& parameters, uint64_t now_ms, Query& query) {
  if (auto problem = read_keys(parameters, query)) return problem;
  if (auto problem = read_tags_of(parameters, query)) return problem;
  if (auto problem = read_type(parameters, query.type)) return problem;
  if (auto problem = read_measure(parameters, query.measure)) return problem;
  if (query.type == Type::rate && !query.measure.names.empty())
    return "stat: type=rate takes none; take type=points with stat=rate and others";
  Present present{now_ms};
  if (auto problem = read_zone(parameters, present.zone)) return problem;
  if (auto problem = read_range(parameters, present, query.selection)) return problem;
  if (auto problem = read_period(parameters, query.type, present.zone, query.selection.period)) return problem;
  if (auto problem = read_shape(parameters, query)) return problem;
  return read_format(parameters, query);
}

/// Whether one of the statistics is any of these.
bool has(const std::vector<Stat>& stats, std::initializer_list<Stat::Of> any) {
  return std::ranges::any_of(stats,
                             [&](const Stat& stat) { return std::ranges::find(any, stat.of) != any.end(); });
}

/// What of these statistics, each of `kind`, is not to be had in the way that the query asks.
const char* problem_of(const Query& query, Kind kind, const std::vector<Stat>& stats) {
  if (query.type == Type::whole && has(stats, {Stat::Of::rate}))
    return "stat: a rate is of periods: take type=points";
  if (query.unites() && kind == Kind::gauge && has(stats, {Stat::Of::min, Stat::Of::max}))
    return query.sum ? "sum: the least or most of several gauges does not add up; take last or mean"
                     : "by: the least or most of several gauges does not add up; take last or mean";
  if (query.shape.bins != 0 && query.shape.fill != Fill::none) return "fill: bins are of what a period holds";
  if (query.shape.fill == Fill::prev && kind != Kind::gauge)
    return "fill: prev is for gauges, which keep their value; take null or 0";
  return nullptr;
}

}  // namespace

std::optional<Refusal> Query::settle(Kind kind) {
  if (type == Type::rate && !parse_stat(kind, "rate"))
    return Refusal{400, "type: rate is of what is counted, by counters and timers; take type=points"};
  auto stats = type == Type::rate ? std::vector{Stat{Stat::Of::rate}} : measure.stats(kind);
  if (auto* problem = std::get_if<std::string>(&stats)) return Refusal{400, std::move(*problem)};
  selection.with_before = fills() && shape.fill == Fill::prev;
  shape.bins = kind == Kind::timer ? measure.bins() : 0;
  shape.stats = std::get<std::vector<Stat>>(std::move(stats));
  if (const char* problem = problem_of(*this, kind, shape.stats)) return Refusal{400, problem};
  return std::nullopt;
}

std::variant<Query, Refusal> parse_query(std::string_view text, std::string_view accept, uint64_t now_ms) {
  const auto parameters = QueryString::parse(text);
  if (!parameters) return Refusal{400, "badly encoded query: a % must be followed by two hexadecimal digits"};
  Query query;
  if (auto problem = read_all(*parameters, now_ms, query)) return Refusal{400, std::move(*problem)};
  if (query.measure.kind)
    if (auto refusal = query.settle(*query.measure.kind)) return std::move(*refusal);
  if (parameters->find("format") != nullptr) return query;
  const auto format = accepted_format(accept);
  if (!format)
    return Refusal{406,
                   "Accept: there are application/json, text/csv and application/x-ndjson; take one of them"};
  query.format = *format;
  return query;
}

}  // namespace kilometric

#include "readerd/query/query.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/query");

namespace {

constexpr uint64_t kNow = 1'603'303'544'893;

Query must_parse(std::string_view text) {
  const auto parsed = parse_query(text, "", kNow);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) FAIL(std::string(text), refusal->message);
  return std::get<Query>(parsed);
}

struct MustNotParse {
  const char* text;
  const char* begins;  ///< of the message: the parameter to fix
};

}  // namespace

TEST_CASE("a query of the original's") {
  const Query query = must_parse("key=my-metric&type=counter");
  CHECK(query.name == "my-metric");
  CHECK(query.globs.front().literal() == "my-metric");
  CHECK(query.selection.range == IdRange{kFirstId, kLastId});
  CHECK(query.selection.period.is_whole());
  CHECK(query.type == Query::Type::whole);
  CHECK(must_parse("key=k&type=points").selection.period.text() == Period::seconds(60).text());
}

TEST_CASE("all parameters") {
  const Query query = must_parse("type=points&to=1603311712000&from=1603303544000&period=3600&key=k");
  CHECK(query.type == Query::Type::points);
  CHECK(query.selection.range == IdRange{{1603303544000, 0}, {1603311712000, kMostSequence}});
  CHECK(query.selection.period.text() == Period::seconds(3600).text());
  CHECK(query.format == Format::json);
  CHECK(query.selection.order == Order::ascending);
  CHECK_FALSE(query.fills());
  CHECK_FALSE(query.sum);
  CHECK(query.shape.limit == 0);
}

TEST_CASE("the parameters that the original did not have") {
  const Query query = must_parse(
      "key=a.*&key=b&type=rate&fill=0&limit=7&order=desc&sum=1&format=csv&tz=Europe/Vienna&period=86400");
  CHECK(query.name == "a.*,b");
  CHECK(query.globs.size() == 2);
  CHECK(query.type == Query::Type::rate);
  CHECK(query.shape.fill == Fill::zero);
  CHECK(query.shape.limit == 7);
  CHECK(query.selection.order == Order::descending);
  CHECK(query.sum);
  CHECK(query.format == Format::csv);
  CHECK(query.selection.period.text() == Period::days(1, Period::find_zone("Europe/Vienna")).text());
}

TEST_CASE("a value is repeated of a gauge alone, and then what stands before the range is asked for") {
  CHECK(must_parse("key=k&kind=gauge&type=points&fill=prev").selection.with_before);
  CHECK_FALSE(must_parse("key=k&kind=gauge&type=points&fill=null").selection.with_before);
  CHECK_FALSE(must_parse("key=k&kind=gauge&type=value&fill=prev").selection.with_before);
  Query query = must_parse("key=k&type=points&fill=prev");
  CHECK(query.settle(Kind::counter).value().message.starts_with("fill: prev is for gauges"));
  CHECK_FALSE(query.settle(Kind::gauge));
  CHECK(query.selection.with_before);
}

TEST_CASE("the Accept header stands in for the format") {
  const auto format = [](std::string_view accept, std::string_view more = "") {
    return std::get<Query>(parse_query("key=k&type=points" + std::string(more), accept, kNow)).format;
  };
  CHECK(format("") == Format::json);
  CHECK(format("*/*") == Format::json);
  CHECK(format("text/csv") == Format::csv);
  CHECK(format("application/x-ndjson, */*") == Format::ndjson);
  CHECK(format("application/json, text/csv") == Format::json);
  CHECK(format("text/csv", "&format=json") == Format::json);
  CHECK(format("*/*;q=0", "&format=csv") == Format::csv);
  CHECK(std::get<Refusal>(parse_query("key=k&type=points", "*/*;q=0", kNow)).status == 406);
}

TEST_CASE("queries that must parse") {
  for (const char* text :
       {"key=a%20b&type=counter", "key=a+b&type=points", "key=%F0%9F%9A%80&type=points",
        "key=a%2Fb%3Ac&type=counter", "key=k&type=counter&from=-&to=+", "key=k&type=counter&to=%2B",
        "key=k&type=points&period=1", "key=k&type=points&period=31536000", "key=k&type=counter&x=%00",
        "key=k&type=counter&from=5&to=5", "key=k&type=counter&from=now&to=now",
        "key=k&type=counter&from=-1h&to=-1h", "&&key=k&&type=counter&"}) {
    CAPTURE(text);
    CHECK(std::holds_alternative<Query>(parse_query(text, "", kNow)));
  }
  CHECK(must_parse("key=a+b%2Bc&type=points").name == "a b+c");
  CHECK(must_parse("key=" + std::string(255, 'k') + "&type=points").name.size() == 255);
}

TEST_CASE("queries that must not parse") {
  const MustNotParse rows[] = {
      {"", "key is missing"},
      {"type=counter", "key is missing"},
      {"key=&type=counter", "key: "},
      {"key=%00&type=counter", "key: "},
      {"key=%FF&type=counter", "key: "},
      {"key=k", "type is missing"},
      {"key=k&type=", "type: "},
      {"key=k&type=Counter", "type: "},
      {"key=k&type=gauge", "type: must be value or counter or points or rate"},
      {"key=k&type=counter&from=", "from: "},
      {"key=k&type=counter&from=yesterday", "from: "},
      {"key=k&type=counter&to=1e3", "to: "},
      {"key=k&type=counter&from=2&to=1", "from: must not be after to"},
      {"key=k&type=counter&from=5-1&to=5-0", "from: must not be after to"},
      {"key=k&type=counter&from=+&to=-", "from: must not be after to"},
      {"key=k&type=points&period=", "period: "},
      {"key=k&type=points&period=0", "period: "},
      {"key=k&type=points&period=-60", "period: "},
      {"key=k&type=points&period=%2B60", "period: "},
      {"key=k&type=points&period=60.5", "period: "},
      {"key=k&type=points&period=1h", "period: "},
      {"key=k&type=points&period=31536001", "period: "},
      {"key=k&type=points&period=18446744073709551617", "period: "},
      {"key=k&type=counter&period=x", "period: "},
      {"key={a,b,c,d,e}{a,b,c,d,e}{a,b,c,d,e}&type=points", "key: the braces"},
      {"key=k*%01&type=points", "key: "},
      {"key=k&type=points&fill=1", "fill: must be null or 0 or prev"},
      {"key=k&type=points&kind=counter&fill=prev", "fill: prev is for gauges"},
      {"key=k&type=points&fill=0&from=1&to=now", "fill: more than 100000 periods"},
      {"key=k&type=points&order=up", "order: must be asc or desc"},
      {"key=k&type=points&sum=yes", "sum: must be 1 or 0"},
      {"key=k&type=points&limit=0", "limit: "},
      {"key=k&type=points&limit=-1", "limit: "},
      {"key=k&type=points&format=xml", "format: must be json or csv or ndjson"},
      {"key=k&type=points&period=86400&tz=Mars/Phobos", "tz: must be the name"},
      {"key=k&type=points&period=3600&tz=UTC", "tz: is for periods of whole days"},
      {"key=k&type=value&kind=", "kind: must be counter"},
      {"key=k&type=value&kind=meter", "kind: must be counter"},
      {"key=k&type=value&kind=counter&stat=p99", "stat: a counter has sum and rate"},
      {"key=k&type=points&stat=", "stat: one is empty"},
      {"key=k&type=points&stat=sum,", "stat: one is empty"},
      {"key=k&type=points&stat=sum&stat=rate,sum", "stat: one is named twice"},
      {"key=k&type=points&stat=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21", "stat: more than 20"},
      {"key=k&type=rate&stat=rate", "stat: type=rate takes none"},
      {"key=%4&type=counter", "badly encoded query"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_query(row.text, "", kNow);
    REQUIRE(std::holds_alternative<Refusal>(parsed));
    const auto& refusal = std::get<Refusal>(parsed);
    CHECK(refusal.status == 400);
    CHECK_MESSAGE(refusal.message.starts_with(row.begins), refusal.message);
  }
}

// Kinds and statistics

namespace {

/// The statistics of a query whose keys turn out to be of `kind`, or what is wrong.
std::string settled(std::string_view text, Kind kind) {
  Query query = must_parse(text);
  if (const auto refusal = query.settle(kind)) return refusal->message;
  std::string stats;
  for (const Stat& stat : query.shape.stats)
    stats.append(stats.empty() ? "" : " ").append(std::to_string(static_cast<int>(stat.of)));
  for (const std::string& field : query.measure.fields()) stats.append(" ").append(field);
  return stats;
}

std::string text_of(std::initializer_list<Stat::Of> stats, const char* fields) {
  std::string text;
  for (const Stat::Of of : stats) text.append(std::to_string(static_cast<int>(of))).append(" ");
  return text + fields;
}

}  // namespace

TEST_CASE("type=value is what type=counter is") {
  CHECK(must_parse("key=k&type=value").selection.period.is_whole());
  CHECK(must_parse("key=k&type=value&kind=counter").measure.kind == Kind::counter);
  CHECK_FALSE(must_parse("key=k&type=value").measure.kind.has_value());
}

TEST_CASE("one statistic is the value, several are fields by their names") {
  using Of = Stat::Of;
  CHECK(settled("key=k&type=value", Kind::counter) == text_of({Of::sum}, "value"));
  CHECK(settled("key=k&type=rate", Kind::timer) == text_of({Of::rate}, "value"));
  CHECK(settled("key=k&type=points", Kind::gauge) == text_of({Of::last}, "value"));
  CHECK(settled("key=k&type=value", Kind::timer) == text_of({Of::mean}, "value"));
  CHECK(settled("key=k&type=value&stat=p99.9", Kind::timer) == text_of({Of::quantile}, "value"));
  CHECK(settled("key=k&type=value&stat=p50,max&stat=count", Kind::timer) ==
        text_of({Of::quantile, Of::max, Of::count}, "p50 max count"));
  CHECK(settled("key=k&type=points&stat=rate,sum", Kind::counter) == text_of({Of::rate, Of::sum}, "rate sum"));
  CHECK(settled("key=k&type=value&sum=1&stat=mean,last", Kind::gauge) ==
        text_of({Of::mean, Of::last}, "mean last"));
}

TEST_CASE("statistics that a kind does not have, or not in that way") {
  const auto begins = [](std::string_view text, Kind kind, std::string_view beginning) {
    const std::string words = settled(text, kind);
    CHECK_MESSAGE(words.starts_with(beginning), words);
  };
  begins("key=k&type=value&stat=p99", Kind::counter,
         "stat: a counter has sum and rate; kind= asks for another");
  begins("key=k&type=value&stat=p101", Kind::timer, "stat: a timer has count, sum,");
  begins("key=k&type=value&stat=last,mode", Kind::gauge, "stat: a gauge has last, min,");
  begins("key=k&type=rate", Kind::gauge, "type: rate is of what is counted");
  begins("key=k&type=rate", Kind::set, "type: rate is of what is counted");
  begins("key=k&type=value&stat=rate", Kind::timer, "stat: a rate is of periods");
  begins("key=k&type=value&sum=1&stat=last,min", Kind::gauge, "sum: the least or most of several gauges");
}

// Tags

TEST_CASE("a key is wanted as it is, unless tags are asked for") {
  CHECK_FALSE(must_parse("key=k&type=value").tags.has_value());
  CHECK_FALSE(must_parse("key=k;a=b&type=value").tags.has_value());
  CHECK(must_parse("key=k&type=value&tag=*").tags->all.empty());
  CHECK(must_parse("key=k&type=value&tag=env:prod&tag=!canary&tag=*").tags->all.size() == 2);
  const Query grouped = must_parse("key=k&type=value&by=dc,host&by=env");
  CHECK(grouped.tags->all.empty());
  CHECK(grouped.by == std::vector<std::string>{"dc", "host", "env"});
  CHECK((grouped.unites() && !grouped.sum));
}

TEST_CASE("bad tags are refused with words") {
  const auto begins = [](const std::string& text, std::string_view beginning) {
    const auto parsed = parse_query("key=k&type=value&" + text, "", 0);
    const auto* const refusal = std::get_if<Refusal>(&parsed);
    REQUIRE_MESSAGE(refusal, text);
    CHECK_MESSAGE(refusal->message.starts_with(beginning), refusal->message);
  };
  begins("tag=", "tag: it is empty");
  begins("tag=env%3Dprod", "tag: a colon stands");
  begins("tag=*:prod", "tag: a pattern may");
  begins("by=", "by: it is empty");
  begins("by=host,", "by: it is empty");
  begins("by=host,host", "by: a tag is named twice");
  begins("by=host:a*", "by: a pattern may");
  begins("by=h%01", "by: it is no valid UTF-8");
  begins("key=k%3Ba=b&tag=*", "key: with tag= or by= it is the name alone");
  begins("key=k%3Ba=b&by=host", "key: with tag= or by= it is the name alone");
  std::string many, names;
  for (int i = 0; i <= 32; ++i) {
    many += "tag=a:" + std::to_string(i) + "&";
    names += "by=b" + std::to_string(i) + "&";
  }
  begins(many, "tag: more than 32");
  begins(names, "by: more than 32");
  const std::string sixty = "{0,1,2,3,4,5}{0,1,2,3,4,5,6,7,8,9}";
  begins("tag=a:" + sixty + "&tag=b:" + sixty, "tag: more than 100 patterns in all");
  begins("key=" + sixty + "&tag=b:" + sixty, "tag: more than 100 patterns in all");
}

TEST_CASE("least and most of gauges do not add up by tags, either") {
  const std::string words = settled("key=k&type=value&by=host&stat=max", Kind::gauge);
  CHECK_MESSAGE(words.starts_with("by: the least or most of several gauges"), words);
}

#include "readerd/query.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

namespace {

constexpr uint64_t kNow = 1'603'303'544'893;

Query must_parse(std::string_view text) {
  const auto parsed = parse_query(text, kNow);
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
  CHECK(query.key == "my-metric");
  CHECK(query.type == Query::Type::counter);
  CHECK(query.range == IdRange{kFirstId, kLastId});
  CHECK(query.period_ms == 60'000);
}

TEST_CASE("all parameters") {
  const Query query = must_parse("type=points&to=1603311712000&from=1603303544000&period=3600&key=k");
  CHECK(query.type == Query::Type::points);
  CHECK(query.range == IdRange{{1603303544000, 0}, {1603311712000, kMostSequence}});
  CHECK(query.period_ms == 3'600'000);
}

TEST_CASE("queries that must parse") {
  for (const char* text : {
           "key=a%20b&type=counter", "key=a+b&type=points", "key=%F0%9F%9A%80&type=points",
           "key=a%2Fb%3Ac&type=counter", "key=k&type=counter&from=-&to=+", "key=k&type=counter&to=%2B",
           "key=k&type=points&period=1", "key=k&type=points&period=31536000", "key=k&type=counter&x=%00",
           "key=k&type=counter&from=5&to=5", "key=k&type=counter&from=now&to=now",
           "key=k&type=counter&from=-1h&to=-1h", "&&key=k&&type=counter&"}) {
    CAPTURE(text);
    CHECK(std::holds_alternative<Query>(parse_query(text, kNow)));
  }
  CHECK(must_parse("key=a+b%2Bc&type=points").key == "a b+c");
  CHECK(must_parse("key=first&key=second&type=points").key == "first");
  CHECK(must_parse("key=" + std::string(255, 'k') + "&type=points").key.size() == 255);
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
      {"key=k&type=gauge", "type: must be counter or points"},
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
      {"key=%4&type=counter", "badly encoded query"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_query(row.text, kNow);
    REQUIRE(std::holds_alternative<Refusal>(parsed));
    const auto& refusal = std::get<Refusal>(parsed);
    CHECK(refusal.status == 400);
    CHECK_MESSAGE(refusal.message.starts_with(row.begins), refusal.message);
  }
}

#include "readerd/graphite/tag_query.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

using namespace kilometric;
using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite");

namespace {

using Words = std::vector<std::string>;

std::shared_ptr<TagQuery> query_of(const Words& expressions, uint64_t steps = TagQuery::kMostRegexSteps) {
  return std::get<std::shared_ptr<TagQuery>>(TagQuery::parse(expressions, std::make_shared<uint64_t>(steps)));
}

std::string refusal_of(const Words& expressions) {
  const auto parsed = TagQuery::parse(expressions, TagQuery::make_steps());
  const auto* refusal = std::get_if<Refusal>(&parsed);
  return refusal ? refusal->message : "";
}

bool matches(const Words& expressions, std::string_view text) {
  const TaggedKey key(text);
  return std::get<bool>(query_of(expressions)->matches(key.name(), key));
}

std::shared_ptr<TagQuery> path_query(std::string_view path) {
  return std::get<std::shared_ptr<TagQuery>>(TagQuery::of_path(path, TagQuery::make_steps()));
}

}  // namespace

TEST_CASE("all expressions must hold, and what a series does not have is empty") {
  constexpr std::string_view kKey = "web.hits;dc=eu;host=web1";
  CHECK(matches({"name=web.hits"}, kKey));
  CHECK_FALSE(matches({"name=web"}, kKey));
  CHECK(matches({"name=~web"}, kKey));
  CHECK_FALSE(matches({"name=~hits"}, kKey));
  CHECK(matches({"dc=eu", "host!=web2"}, kKey));
  CHECK(matches({"dc=eu", "host!=~db|mail"}, kKey));
  CHECK_FALSE(matches({"dc=eu", "host!=~db|web"}, kKey));
  CHECK(matches({"dc=eu", "rack="}, kKey));
  CHECK(matches({"dc=eu", "rack!=x", "rack=~x*"}, kKey));
  CHECK_FALSE(matches({"dc=eu", "rack!="}, kKey));
  CHECK(matches({"dc=~eu$"}, kKey));
  CHECK(matches({"dc!="}, kKey));
  CHECK_FALSE(matches({"dc!="}, "web.hits"));
}

TEST_CASE("a regular expression is anchored at the start, each of its alternatives") {
  CHECK_FALSE(matches({"host=~^a|b"}, "m;host=cb"));
  CHECK(matches({"host=~^a|b"}, "m;host=bc"));
  CHECK_FALSE(matches({"host=~a|b"}, "m;host=cb"));
}

TEST_CASE("one expression must need a value") {
  for (const Words& words : {Words{}, Words{"dc="}, Words{"dc!=x"}, Words{"dc=~.*"}, Words{"dc!=~.+", "x="}})
    CHECK(refusal_of(words).starts_with("At least one tagspec must not match the empty string"));
  CHECK(refusal_of({"dc=", "name=x"}).empty());
}

TEST_CASE("what is no expression is refused") {
  for (const char* text : {"", "dc", "=x", "!=x", ";a=b", "a;b=c", "a=b;", "a!x=b", "dc!", "dc~x"})
    CHECK_MESSAGE(refusal_of({text, "name=x"}).starts_with("Invalid tagspec"), text);
  CHECK(refusal_of({"a=~("}).find("at its byte") != std::string::npos);
  CHECK(refusal_of({"a=\xff"}).find("UTF-8") != std::string::npos);
  CHECK(refusal_of(Words(33, "a=b")) == "more than 32 tagspecs");
}

TEST_CASE("a verdict is found once for each value, and all take from the same steps") {
  const auto query = query_of({"host=~w.*x|w.*y"}, 200);
  const std::string text = "m;host=" + std::string(30, 'w') + "z";
  const TaggedKey key(text);
  for (int i = 0; i < 1000; ++i) {
    const auto verdict = query->matches(key.name(), key);
    if (std::holds_alternative<Refusal>(verdict)) break;
    CHECK_FALSE(std::get<bool>(verdict));
  }
  const std::string other = "m;host=" + std::string(1000, 'w');
  const TaggedKey long_key(other);
  const auto verdict = query->matches(long_key.name(), long_key);
  REQUIRE(std::holds_alternative<Refusal>(verdict));
  CHECK(std::get<Refusal>(verdict).message.find("too many steps") != std::string::npos);
}

TEST_CASE("the name, or what it begins with, says where the keys lie") {
  CHECK(query_of({"dc=eu", "name=web.hits"})->name() == "web.hits");
  CHECK_FALSE(query_of({"dc=eu", "name!=web.hits"})->name());
  const auto prefix = [](const char* text) { return query_of({text, "dc=eu"})->prefix(); };
  CHECK(prefix("name=~web\\.api-1.*") == "web.api-1");
  CHECK(prefix("name=~^web") == "web");
  CHECK(prefix("name=~webs?") == "web");
  CHECK(prefix("name=~webs*x") == "web");
  CHECK(prefix("name=~webs{0,2}") == "web");
  CHECK(prefix("name=~webs+") == "webs");
  CHECK(prefix("name=~web\\.?x") == "web");
  CHECK(prefix("name=~web|db").empty());
  CHECK(prefix("name=~(?i)web").empty());
  CHECK(prefix("name!=~web").empty());
  CHECK(prefix("host=~web").empty());
}

TEST_CASE("paths with tags are those of one series, with its tags in order") {
  CHECK(path_query("web.hits;host=a;dc=eu")->name() == "web.hits");
  CHECK(path_query("web.hits;host=a;dc=eu")->tags() == ";dc=eu;host=a");
  CHECK(path_query("m;a=y;a1=x")->tags() == ";a1=x;a=y");
  CHECK(path_query("m;a=y;a=x")->tags() == ";a=x");
  CHECK(path_query("m\\,n;a=\\(x\\)")->name() == "m,n");
  CHECK(path_query("m\\,n;a=\\(x\\)")->tags() == ";a=(x)");
  CHECK(path_query("m;x")->name() == "m;x");
  CHECK_FALSE(TagQuery::is_tagged("web.{a,b}.*"));
}

TEST_CASE("a call of seriesByTag takes strings") {
  CHECK(path_query("seriesByTag('name=web', \"dc=eu\")")->name() == "web");
  const auto refused = TagQuery::of_path("seriesByTag('name=web', 5)", TagQuery::make_steps());
  CHECK(std::get<Refusal>(refused).message ==
        "target: seriesByTag: each argument is a string, such as \"dc=eu\"");
}

TEST_SUITE_END();

#include "readerd/keys/tag_filter.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "common/metric/key.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/keys");

namespace {

bool matches(std::string_view text, std::string_view key) {
  const auto filter = TagFilter::parse(text);
  REQUIRE(std::holds_alternative<TagFilter>(filter));
  return std::get<TagFilter>(filter).matches(TaggedKey(key));
}

std::string problem_of(std::string_view text) {
  const auto filter = TagFilter::parse(text);
  const auto* const problem = std::get_if<std::string>(&filter);
  return problem ? *problem : "none";
}

}  // namespace

TEST_CASE("a filter of a tag") {
  const std::string key = "ms;env=prod;host=web12;url=a:b";
  for (const char* text :
       {"env:prod", "env", "env:*", "host:web*", "host:web1[0-9]", "host:{db,web12}", "url:a:b", "!env:test",
        "!canary", "!canary:*", "!canary:true", "!host:web1", "name:m*"}) {
    CAPTURE(text);
    CHECK(matches(text, key));
  }
  for (const char* text : {"env:pro", "env:prod2", "en:prod", "canary", "canary:*", "!env", "!env:prod",
                           "!env:*", "!host:web*", "host:web1", "host:ENV", "url:a", "name:s"}) {
    CAPTURE(text);
    CHECK_FALSE(matches(text, key));
  }
}

TEST_CASE("what is wrong with a filter is said") {
  CHECK(problem_of("").starts_with("it is empty"));
  for (const char* text : {":prod", "!", "!:prod"})
    CHECK(problem_of(text).starts_with("the tag's name is missing"));
  for (const char* text : {"env=prod", "!env=prod", "a=b:c"})
    CHECK(problem_of(text).starts_with("a colon stands"));
  for (const char* text : {"*:prod", "e*:prod", "!*", "**"})
    CHECK(problem_of(text).starts_with("a pattern may"));
  for (const char* text : {"!!env", "a;b", "^a:b"})
    CHECK(problem_of(text).starts_with("a tag's name holds none"));
  CHECK(problem_of("env:").starts_with("the value is missing"));
  CHECK(problem_of("a:b;c=d").starts_with("a value holds no semicolon"));
  CHECK(problem_of("a:{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}{0,1}").starts_with("the braces make"));
  CHECK(problem_of("a:\x01").starts_with("it is no valid UTF-8"));
  CHECK(problem_of("a:\xff").starts_with("it is no valid UTF-8"));
  CHECK(problem_of("a:" + std::string(kMaxTaggedKeyBytes, 'b')).starts_with("it is longer"));
  CHECK(problem_of("a:b") == "none");
}

TEST_CASE("all filters must hold") {
  TagFilters filters;
  CHECK(filters.match(TaggedKey("ms")));
  filters.all.push_back(std::get<TagFilter>(TagFilter::parse("env:prod")));
  filters.all.push_back(std::get<TagFilter>(TagFilter::parse("!canary")));
  CHECK(filters.match(TaggedKey("ms;env=prod")));
  CHECK_FALSE(filters.match(TaggedKey("ms;canary=true;env=prod")));
  CHECK_FALSE(filters.match(TaggedKey("ms")));
}

#include "common/metric/glob.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

struct Row {
  const char* pattern;
  const char* matches;  ///< words
  const char* others;
};

void check(const Row& row) {
  const auto glob = Glob::parse(row.pattern);
  REQUIRE(glob);
  for (const auto& [words, wanted] : {std::pair{row.matches, true}, std::pair{row.others, false}}) {
    std::string_view left = words;
    while (!left.empty()) {
      const std::string key(left.substr(0, left.find(' ')));
      left.remove_prefix(std::min(left.size(), key.size() + 1));
      CHECK_MESSAGE(glob->matches(key) == wanted, row.pattern, " ", key);
    }
  }
}

}  // namespace

TEST_CASE("patterns and what they match") {
  const Row rows[] = {
      {"web.*.hits", "web.1.hits web..hits web.a.b.hits web.hits.hits", "web.hits web.1.hit xweb.1.hits"},
      {"*", "a ab *", ""},
      {"a*", "a ab", "ba"},
      {"*a", "a ba", "ab"},
      {"*a*b*", "ab aab xaxbx aabb", "ba b a"},
      {"web.{de,at}.hits", "web.de.hits web.at.hits", "web.ch.hits web.{de,at}.hits"},
      {"{a,b}{1,2}", "a1 a2 b1 b2", "a b1x"},
      {"{a,}b", "ab b", "a"},
      {"{tag}", "{tag}", "tag"},
      {"{}", "{}", "x"},
      {"a{b,c", "a{b,c", "ab"},
      {"disk[0-9a].reads", "disk0.reads disk9.reads diska.reads", "diskb.reads disk.reads disk10.reads"},
      {"[]]", "]", "["},
      {"disk[!0-9].reads", "diska.reads disk!.reads disk^.reads", "disk0.reads disk.reads diskab.reads"},
      {"[^a]b", "bb !b", "ab ^ab b"},
      {"[!]]", "a [", "] !]"},
      {"[^]a-c]", "d ^", "] a b"},
      {"[!!]", "a ^", "!"},
      {"[!^]", "a !", "^"},
      {"[a!^]", "a ! ^", "b"},
      {"[!]", "!", "a [!]"},
      {"[^]", "^", "a [^]"},
      {"[!", "[!", "a"},
      {"[!a", "[!a", "b"},
      {"*.[!.]*", "a.b a..b", "a. a.."},
      {"[", "[", "x"},
      {"a[bc", "a[bc", "ab"},
      {"[a-]", "a -", "b"},
      {"why\\*", "why*", "whyx"},
      {"\\{a,b\\}", "{a,b}", "a b"},
      {"{a\\,b,c}", "a,b c", "a b"},
      {"what?", "what?", "whats"},
      {"back\\slash", "back\\slash", "backslash"},
      {"\xF0\x9F\x9A\x80*", "\xF0\x9F\x9A\x80x", "\xF0\x9F\x9A\x81x"},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("what is no pattern is a key") {
  CHECK(Glob::parse("web.1.hits")->literal() == "web.1.hits");
  CHECK(Glob::parse("why\\*")->literal() == "why*");
  CHECK(Glob::parse("[x]")->literal() == "x");
  for (const char* pattern : {"*", "a*", "[ab]", "{a,b}", "{a,a}"})
    CHECK_FALSE(Glob::parse(pattern)->literal());
}

TEST_CASE("the prefix that all keys share") {
  CHECK(Glob::parse("web.*.hits")->prefix() == "web.");
  CHECK(Glob::parse("*")->prefix().empty());
  CHECK(Glob::parse("web.{de,dk}.x")->prefix() == "web.d");
  CHECK(Glob::parse("a[bc]")->prefix() == "a");
  CHECK(Glob::parse("ab")->prefix() == "ab");
}

TEST_CASE("braces make a hundred patterns and no more") {
  CHECK(Glob::parse("{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}"));
  CHECK_FALSE(Glob::parse("{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}{0,1}"));
}

TEST_CASE("a hostile pattern takes no longer than its size") {
  std::string pattern;
  for (int i = 0; i < 120; ++i) pattern += "*a";
  CHECK_FALSE(Glob::parse(pattern + "b")->matches(std::string(255, 'a')));
}

#include "common/http/query_string.h"

#include <doctest/doctest.h>

#include <string>

TEST_SUITE_BEGIN("common/http");

using kilometric::percent_decode;
using kilometric::percent_encode;
using kilometric::QueryString;

TEST_CASE("percent_decode takes well-formed text") {
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("plain-._~") == "plain-._~");
  CHECK(percent_decode("a+b%20c") == "a b c");
  CHECK(percent_decode("%2B%2b%25") == "++%");
  CHECK(percent_decode("%F0%9F%9A%80") == "\xF0\x9F\x9A\x80");
  CHECK(percent_decode("\xF0\x9F\x9A\x80") == "\xF0\x9F\x9A\x80");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK(percent_decode("a%3Db%26c") == "a=b&c");
}

TEST_CASE("percent_decode refuses a '%' without two hex digits") {
  for (const char* text : {"%", "%1", "a%", "%zz", "%1g", "%g1", "%%41", "%+1", "%-1", "% 1"})
    CHECK_MESSAGE(!percent_decode(text), text);
  CHECK(!percent_decode(std::string_view("%4\0", 3)));
}

TEST_CASE("percent_encode is undone by percent_decode") {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  CHECK(percent_decode(percent_encode(every_byte)) == every_byte);
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b+c/\xFF") == "a%20b%2Bc%2F%FF");
}

TEST_CASE("a query is taken apart in order") {
  const auto query = QueryString::parse("key=a%20b&value=2&key=second&&flag&empty=&=nameless&x=1=2");
  REQUIRE(query);
  REQUIRE(query->find("key") != nullptr);
  CHECK(*query->find("key") == "a b");
  CHECK(*query->find("value") == "2");
  CHECK(*query->find("flag") == "");
  CHECK(*query->find("empty") == "");
  CHECK(*query->find("") == "nameless");
  CHECK(*query->find("x") == "1=2");
  CHECK(query->find("absent") == nullptr);
  CHECK(query->all().size() == 7);
  CHECK(query->all()[2].second == "second");
}

TEST_CASE("an empty query has no parameters") {
  for (const char* text : {"", "&", "&&&"}) {
    const auto query = QueryString::parse(text);
    REQUIRE(query);
    CHECK(query->all().empty());
  }
}

TEST_CASE("names are decoded too") {
  const auto query = QueryString::parse("k%65y=v");
  REQUIRE(query);
  REQUIRE(query->find("key") != nullptr);
}

TEST_CASE("a badly encoded name or value spoils the query") {
  CHECK(!QueryString::parse("key=%"));
  CHECK(!QueryString::parse("key=a&%x=b"));
}

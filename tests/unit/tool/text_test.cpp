#include "tool/text.h"

#include <doctest/doctest.h>

#include <clocale>

TEST_SUITE_BEGIN("tool");

using namespace kilometric::tool;

TEST_CASE("what would command a terminal is written out") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  CHECK(printable("web.1") == "web.1");
  CHECK(printable("größe") == "größe");
  CHECK(printable("a\x1b[2Jb\r\n\x7f") == "a\\x1B[2Jb\\x0D\\x0A\\x7F");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\\xC2\\x9B31m");
  CHECK(printable("a\u202Eb") == "a\\xE2\\x80\\xAEb");
  CHECK(printable("\xFF\xC3") == "\\xFF\\xC3");
}

TEST_CASE("JSON stays JSON, without what terminals obey") {
  CHECK(harmless_json("{\"a\":\"\x7f\xC2\x9B\u202E\"}\n") == "{\"a\":\"\\u007f\\u009b\\u202e\"}\n");
  CHECK(harmless_json("\"\U000E0001\"") == "\"\\udb40\\udc01\"");
  CHECK(harmless_json("\"\xFF\"") == "\"\\ufffd\"");
}

TEST_CASE("columns are those of a terminal") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  CHECK(columns_of("größe") == 5);
  CHECK(columns_of("日本") == 4);
  CHECK(padded("日", 4) == "日  ");
  CHECK(padded_left("ab", 4) == "  ab");
  CHECK(cut_to("web.1.hits", 10) == "web.1.hits");
  CHECK(cut_to("web.1.hits", 5) == "…hits");
  CHECK(cut_behind("web.1.hits", 5) == "web.…");
  CHECK(columns_of(cut_to("日本日本", 4)) <= 4);
  CHECK(cut_to("web", 0).empty());
}

TEST_CASE("lines") {
  CHECK(first_lines("a\nb\nc\n", 2) == "a\nb\n");
  CHECK(first_lines("a\n", 5) == "a\n");
  CHECK(printable_lines("a\x1b\nb") == "a\\x1B\nb\n");
}

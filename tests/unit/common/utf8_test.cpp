#include "common/utf8.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("common");

using kilometric::utf8_size;
using kilometric::valid_utf8;

TEST_CASE("a character's size is that of the well-formed one at the front") {
  CHECK(utf8_size("a\xFF") == 1);
  CHECK(utf8_size("\x7F") == 1);
  CHECK(utf8_size("\xC2\x80z") == 2);
  CHECK(utf8_size("\xDF\xBF") == 2);
  CHECK(utf8_size("\xE0\xA0\x80") == 3);
  CHECK(utf8_size("\xED\x9F\xBF") == 3);
  CHECK(utf8_size("\xF0\x90\x80\x80") == 4);
  CHECK(utf8_size("\xF4\x8F\xBF\xBF") == 4);
}

TEST_CASE("what is cut, overlong, a surrogate or too great is no character") {
  for (const char* text :
       {"", "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2z", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    CHECK_MESSAGE(utf8_size(text) == 0, text);
}

TEST_CASE("each byte of no character becomes U+FFFD") {
  CHECK(valid_utf8("").empty());
  CHECK(valid_utf8("plain \xE6\x97\xA5") == "plain \xE6\x97\xA5");
  CHECK(valid_utf8("a\xFF\xC3(\xE2\x82") == "a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD");
}

#include "common/json.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("common");

using kilometric::json_string;

TEST_CASE("a JSON string escapes what it must, and nothing else") {
  CHECK(json_string("") == R"("")");
  CHECK(json_string("a/b <c> \xE6\x97\xA5") == "\"a/b <c> \xE6\x97\xA5\"");
  CHECK(json_string("\"\\\n\x01") == R"("\"\\\n\u0001")");
}

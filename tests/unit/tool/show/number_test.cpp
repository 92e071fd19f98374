#include "tool/show/number.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("tool/show");

using namespace kilometric::tool;

TEST_CASE("numbers for people") {
  CHECK(readable("1234567") == "1,234,567");
  CHECK(readable("-1234.5") == "-1,234.5");
  CHECK(readable("9223372036854775807") == "9,223,372,036,854,775,807");
  CHECK(readable("999.100000") == "999.1");
  CHECK(readable("43.50000001") == "43.5");
  CHECK(readable("0.00012345678") == "0.0001");
  CHECK(readable("1e30") == "1e+30");
  CHECK(readable("") == "-");
}

TEST_CASE("numbers for axes take five columns") {
  CHECK(brief(0) == "0");
  CHECK(brief(7) == "7");
  CHECK(brief(999) == "999");
  CHECK(brief(999.7) == "1k");
  CHECK(brief(1234) == "1.23k");
  CHECK(brief(45'600'000) == "45.6M");
  CHECK(brief(0.25) == "0.25");
  CHECK(brief(-1234) == "-1.23k");
  CHECK(brief(2e20) == "2e+20");
  CHECK(brief_of("12345") == "12,345");
  CHECK(brief_of("1234567") == "1.23M");
}

TEST_CASE("how much more it is") {
  CHECK(change_of(100, 109.44) == "+9.4 %");
  CHECK(change_of(-100, -50) == "+50.0 %");
  CHECK(change_of(0, 5) == "-");
  CHECK(change_of(1, 1e9) == "more");
}

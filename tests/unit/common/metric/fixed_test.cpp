#include "common/metric/fixed.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

TEST_CASE("fixed: text and back") {
  for (const char* text : {"0", "1", "-1", "0.5", "-0.000000000001", "9007199254740992", "123.456789012345"})
    CHECK(to_text(parse_fixed(text).value()) ==
          (std::string(text) == "123.456789012345" ? "123.456789012345" : text));
  CHECK(to_text(parse_fixed("+1.50").value()) == "1.5");
  CHECK(to_text(parse_fixed(".5").value()) == "0.5");
  CHECK(to_text(parse_fixed("5.").value()) == "5");
  CHECK(to_text(parse_fixed("0.0000000000005").value()) == "0.000000000001");
  CHECK(to_text(parse_fixed("0.00000000000049").value()) == "0");
  CHECK(to_text(parse_fixed("0.9999999999999").value()) == "1");
  for (const char* text :
       {"", "-", ".", "1.2.3", "1e3", " 1", "nan", "1000000000000000000000000000000000000000"})
    CHECK_FALSE(parse_fixed(text));
}

TEST_CASE("fixed: whatever it holds is read back") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const Wide units =
        ((Wide{static_cast<int64_t>(random())} << 64) + static_cast<int64_t>(random())) >> (random() % 127);
    if (units > Wide{1} << 123 || units < -(Wide{1} << 123)) continue;
    REQUIRE(parse_fixed(to_text(Fixed{units})) == Fixed{units});
  }
}

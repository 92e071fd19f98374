#include "ingestd/parse/decimal.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/parse");

namespace {

std::string fixed_text(const char* text, std::optional<long double> rate = {}) {
  const auto fixed = Decimal::parse(text).value().fixed(rate);
  return fixed ? to_text(*fixed) : "none";
}

}  // namespace

TEST_CASE("a decimal with twelve places is taken over exactly") {
  CHECK(fixed_text("0.000000000001") == "0.000000000001");
  CHECK(fixed_text("-123456.123456789012") == "-123456.123456789012");
  CHECK(fixed_text("9007199254740992") == "9007199254740992");
  CHECK(fixed_text("9007199254740993") == "none");
  CHECK(fixed_text("1e300") == "none");
  CHECK(fixed_text("1e3") == "1000");
  CHECK(fixed_text("0e999") == "0");
  CHECK(fixed_text("-0") == "0");
  CHECK(fixed_text("0.0000000000005") == "0.000000000001");
  CHECK(fixed_text("1e-400") == "0");
  CHECK(fixed_text("+.5") == "0.5");
}

TEST_CASE("a decimal is divided by the rate, and rounded once") {
  CHECK(fixed_text("320", 0.1L) == "3200");
  CHECK(fixed_text("1", 0.3L) == "3.333333333333");
  CHECK(fixed_text("-1", 0.7L) == "-1.428571428571");
  CHECK(fixed_text("9007199254740992", 0x1p-20L) == "9444732965739290427392");
}

TEST_CASE("a decimal's double is the nearest one") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    std::string text = std::to_string(random() >> (random() % 64));
    const size_t point = random() % (text.size() + 1);
    if (random() % 2 == 0) text.insert(point, ".");
    if (random() % 4 == 0) text += "e" + std::to_string(static_cast<int>(random() % 60) - 40);
    if (random() % 4 == 0) text.insert(0, random() % 2 == 0 ? "-" : "+");
    CAPTURE(text);
    const double expected = std::strtod(text.c_str(), nullptr);
    if (std::abs(expected) > 0x1p53) continue;
    REQUIRE(Decimal::parse(text).value().number() == expected);
  }
  CHECK_FALSE(std::signbit(Decimal::parse("-0").value().number()));
  CHECK(Decimal::parse("1e-400").value().number() == 0);
  CHECK(Decimal::parse("4e-320").value().number() == 4e-320);
}

TEST_CASE("what is no decimal") {
  for (const char* text :
       {"", "+", "-", ".", "e3", "1e", "1e+", "0x1", "NaN", "inf", "1_000", " 1", "1 ", "--1"})
    CHECK_FALSE(Decimal::parse(text));
}

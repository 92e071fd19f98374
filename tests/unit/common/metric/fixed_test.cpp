#include "common/metric/fixed.h"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
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
    std::array<std::byte, kMostFixedBytes> bytes{};
    const std::byte* const end = put_fixed(bytes.data(), {units});
    Fixed again;
    REQUIRE(get_fixed(bytes.data(), end, again) == end);
    REQUIRE(again.units == units);
    REQUIRE(get_fixed(bytes.data(), end - 1, again) == nullptr);
  }
}

TEST_CASE("fixed: texts at both ends of what it holds, and where more than 64 bits begin") {
  CHECK(to_text(Fixed{std::numeric_limits<Wide>::max()}) == "170141183460469231731687303.715884105727");
  CHECK(to_text(Fixed{std::numeric_limits<Wide>::min()}) == "-170141183460469231731687303.715884105728");
  const Wide units = Wide{1} << 64, whole = units * Fixed::kOne;
  CHECK(to_text(Fixed{units - 2}) == "18446744.073709551614");
  CHECK(to_text(Fixed{units - 1}) == "18446744.073709551615");
  CHECK(to_text(Fixed{-units}) == "-18446744.073709551616");
  CHECK(to_text(Fixed{whole - Fixed::kOne}) == "18446744073709551615");
  CHECK(to_text(Fixed{whole}) == "18446744073709551616");
  CHECK(to_text(Fixed{10 * whole + 1000}) == "184467440737095516160.000000001");
}

TEST_CASE("fixed: bytes at both ends of what it holds, and bytes that go beyond") {
  std::array<std::byte, kMostFixedBytes + 1> bytes{};
  for (const Wide units :
       {std::numeric_limits<Wide>::max(), std::numeric_limits<Wide>::min(), Wide{0}, Wide{-1}}) {
    Fixed again{5};
    const std::byte* const end = put_fixed(bytes.data(), {units});
    CHECK(end <= bytes.data() + kMostFixedBytes);
    CHECK(get_fixed(bytes.data(), end, again) == end);
    CHECK((again.units == units));
  }
  bytes.fill(std::byte{0xFF});
  Fixed none;
  CHECK(get_fixed(bytes.data(), bytes.data() + bytes.size(), none) == nullptr);
}

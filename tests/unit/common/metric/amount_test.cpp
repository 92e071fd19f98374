#include "common/metric/amount.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
}  // namespace

TEST_CASE("an amount and its text, both ways") {
  const std::vector<std::pair<Amount, const char*>> table = {
      {{0, 0}, "0"},
      {{12, 0}, "12"},
      {{-7, 0}, "-7"},
      {{2, 500'000}, "2.5"},
      {{-3, -500'000}, "-3.5"},
      {{0, 1}, "0.000001"},
      {{0, -1}, "-0.000001"},
      {{1, 999'999}, "1.999999"},
      {{10, 100'000}, "10.1"},
      {{int64_t{1} << 53, 1}, "9007199254740992.000001"},
      {{kMost, 0}, "9223372036854775807"},
      {{kLeast, 0}, "-9223372036854775808"},
      {{kLeast, -999'999}, "-9223372036854775808.999999"},
  };
  for (const auto& [amount, text] : table) {
    CHECK(to_text(amount) == text);
    CHECK_MESSAGE(parse_amount(text) == amount, text);
    CHECK(amount.normalized() == amount);
  }
}

TEST_CASE("parts of different sign and overfull millionths are the same amount") {
  CHECK(to_text({3, -500'000}) == "2.5");
  CHECK(to_text({-3, 500'000}) == "-2.5");
  CHECK(to_text({1, -1'000'000}) == "0");
  CHECK(to_text({0, 12'345'678}) == "12.345678");
  CHECK(to_text({-1, 1'500'000}) == "0.5");
  CHECK(to_text({0, kMost}) == "9223372036854.775807");
  CHECK(to_text({0, kLeast}) == "-9223372036854.775808");
  CHECK(Amount{2, -2'000'000}.zero());
  CHECK_FALSE(Amount{2, -2'000'001}.zero());
}

TEST_CASE("sums wrap, each on its own") {
  Amount sum{kMost, kMost};
  sum += {1, 1};
  CHECK(sum == Amount{kLeast, kLeast});
}

TEST_CASE("text that to_text would not write, but that is a number") {
  const std::vector<std::pair<const char*, Amount>> must_parse = {
      {"18446744073709551615", {-1, 0}},  // the original's unsigned 64 bits wrap
      {"9223372036854775808", {kLeast, 0}},
      {"007", {7, 0}},
      {"-0", {0, 0}},
      {"1.50", {1, 500'000}},
      {"0.0000004", {0, 0}},
      {"0.0000005", {0, 1}},
      {"-0.0000005", {0, -1}},
      {"0.99999950000000000000000000000000", {1, 0}},
      {"-1.9999999", {-2, 0}},
  };
  for (const auto& [text, amount] : must_parse) CHECK_MESSAGE(parse_amount(text) == amount, text);
}

TEST_CASE("text that is no number") {
  for (const char* text :
       {"", "-", "+1", " 1", "1 ", "1e3", "0x1", ".5", "5.", "1.2.3", "--1", "1.-5", "nan", "inf", "1,5",
        "18446744073709551616", "-9223372036854775809", "99999999999999999999999999", "\xD9\xA1"})
    CHECK_MESSAGE(parse_amount(text) == std::nullopt, text);
  CHECK(parse_amount(std::string_view("1\0", 2)) == std::nullopt);
}

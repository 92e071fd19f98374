#include "common/metric/column.h"

#include <doctest/doctest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

using Numbers = std::vector<Wide>;
using Random = std::mt19937_64;

std::string packed(const Numbers& numbers) {
  std::string bytes;
  put_column(bytes, numbers);
  return bytes;
}

std::optional<Numbers> unpacked(std::string_view bytes, size_t count) {
  Column column;
  if (!column.open(bytes, count)) return std::nullopt;
  Numbers numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(column.next());
  return column.sound() && bytes.empty() ? std::optional(numbers) : std::nullopt;
}

Wide wide(Random& random, unsigned bits) {
  const UnsignedWide number = static_cast<UnsignedWide>(random()) << 64 | random();
  return bits == 0 ? 0 : static_cast<Wide>(number >> (128 - bits));
}

/// Of any size, near each other or not, in steps or not, in runs or not, a few far from the others or not.
Numbers random_numbers(Random& random) {
  Numbers numbers;
  const size_t count = 1 + random() % 200;
  const Wide base = wide(random, static_cast<unsigned>(random() % 129)),
             unit = wide(random, static_cast<unsigned>(random() % 66));
  const auto bits = static_cast<unsigned>(random() % 129), far = static_cast<unsigned>(random() % 129);
  const bool steps = random() % 3 == 0, runs = random() % 3 == 0, outliers = random() % 3 == 0;
  const auto sum = [](Wide one, Wide other) {
    return static_cast<Wide>(static_cast<UnsignedWide>(one) + static_cast<UnsignedWide>(other));
  };
  const auto product = [](Wide one, Wide other) {
    return static_cast<Wide>(static_cast<UnsignedWide>(one) * static_cast<UnsignedWide>(other));
  };
  for (size_t i = 0; i < count; ++i) {
    const bool repeat = runs && !numbers.empty() && random() % 8 != 0;
    const bool outlier = outliers && random() % 16 == 0;
    const Wide number = product(unit, wide(random, outlier ? far : bits));
    if (repeat)
      numbers.push_back(numbers.back());
    else
      numbers.push_back(sum(steps && !numbers.empty() ? numbers.back() : base, number));
  }
  return numbers;
}

}  // namespace

TEST_CASE("every form of a column is what its description says") {
  using namespace std::string_literals;
  CHECK(packed({42, 42, 42, 42, 42}) == "\x00\x54"s);
  CHECK(packed({9, 10, 12, 10, 10}) == "\x01\x12\x02\x02\x1D\x40"s);
  CHECK(packed({10, 20, 30, 40, 50, 60}) == "\x03\x14\x00\x14"s);
  Numbers coded(60), runs(200);
  coded[30] = 1'000'000;
  for (size_t i = 0; i < coded.size(); ++i) coded[i] += i % 2;
  CHECK(packed(coded).front() == '\x02');
  for (size_t i = 0; i < runs.size(); ++i) runs[i] = i < 70 ? 5 : i < 80 ? 7'777 : 123;
  CHECK(packed(runs).front() == '\x04');
  for (const Numbers& numbers : {coded, runs}) CHECK(unpacked(packed(numbers), numbers.size()) == numbers);
}

TEST_CASE("whatever the numbers of a column are, they are read as they were") {
  Random random(7);
  bool forms[5] = {};
  for (int turn = 0; turn < 20'000; ++turn) {
    const Numbers numbers = random_numbers(random);
    const std::string bytes = packed(numbers);
    REQUIRE(static_cast<unsigned char>(bytes.front()) < 5);
    forms[static_cast<unsigned char>(bytes.front())] = true;
    REQUIRE(unpacked(bytes, numbers.size()) == numbers);
    REQUIRE(bytes.size() <= numbers.size() * 16 + 3 * kMostFixedBytes);
  }
  for (const bool form : forms) CHECK(form);
}

TEST_CASE("a column that is cut is none") {
  Random random(8);
  for (int turn = 0; turn < 500; ++turn) {
    const Numbers numbers = random_numbers(random);
    const std::string bytes = packed(numbers);
    for (size_t size = 0; size < bytes.size(); ++size)
      REQUIRE_FALSE(unpacked(std::string_view(bytes).substr(0, size), numbers.size()));
  }
}

TEST_CASE("runs that are not as many numbers as there should be are no column") {
  using namespace std::string_literals;
  CHECK(unpacked("\x04\x02\x00\x54\x00\x02"s, 4) == Numbers{42, 42, 42, 42});
  CHECK_FALSE(unpacked("\x04\x02\x00\x54\x00\x02"s, 3));
  CHECK_FALSE(unpacked("\x04\x02\x00\x54\x00\x02"s, 5));
  CHECK_FALSE(unpacked("\x04\x02\x00\x54\x00\x03"s, 4));  // less often than once
  CHECK_FALSE(unpacked("\x04\x00\x00\x54\x00\x02"s, 4));
  CHECK_FALSE(unpacked("\x04\x05\x00\x54\x00\x02"s, 4));
}

TEST_CASE("a column of a form that is not known, or in another, is none") {
  using namespace std::string_literals;
  CHECK_FALSE(unpacked("\x05\x54"s, 2));
  CHECK_FALSE(unpacked("\x03\x14\x03\x14\x00\x14"s, 3));
  CHECK_FALSE(unpacked("\x03\x14\x00\x14"s, 1));
  CHECK_FALSE(unpacked("\x01\x12\x02\x81\x1D\x40"s, 5));
  CHECK_FALSE(unpacked("\x02\x12\x02\x40\x01\x40"s, 1));
}

TEST_SUITE_END();

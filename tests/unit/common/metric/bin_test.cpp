#include "common/metric/bin.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "common/metric/fixed.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

constexpr double kLeast = 0x1p-30, kMost = 0x1p53;

/// A whole number of any size, as 32 bits a place, the lowest first.
class Big {
 public:
  void multiply(uint64_t by) {
    __extension__ using UnsignedWide = unsigned __int128;
    UnsignedWide carry = 0;
    for (uint32_t& place : places_) {
      carry += static_cast<UnsignedWide>(place) * by;
      place = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    for (; carry != 0; carry >>= 32) places_.push_back(static_cast<uint32_t>(carry));
  }

  /// The least n for which 2^n is not below it.
  int power_above() const {
    const int bits =
        static_cast<int>(places_.size() - 1) * 32 + static_cast<int>(std::bit_width(places_.back()));
    bool is_power = std::has_single_bit(places_.back());
    for (size_t at = 0; at + 1 < places_.size(); ++at) is_power = is_power && places_[at] == 0;
    return is_power ? bits - 1 : bits;
  }

 private:
  std::vector<uint32_t> places_{1};
};

/// By exact arithmetic: of value = m x 2^e it is m^32 x 2^32e that is held against powers of two.
int exact_bin(double value) {
  if (std::abs(value) < kLeast) return 0;
  int exponent = 0;
  const auto mantissa = static_cast<uint64_t>(std::ldexp(std::frexp(std::abs(value), &exponent), 53));
  Big power;
  for (int i = 0; i < kBinsAnOctave; ++i) power.multiply(mantissa);
  const int upper = power.power_above() + kBinsAnOctave * (exponent - 53);  // the bin ends at 2^(upper / 32)
  const int bin = upper + 30 * kBinsAnOctave + 1;
  return value < 0 ? -bin : bin;
}

void check_with_neighbours(double value) {
  for (const double near : {std::nextafter(value, 0), value, std::nextafter(value, 2 * value)}) {
    if (near > kMost) continue;
    CAPTURE(near);
    REQUIRE(bin_of(near) == exact_bin(near));
    REQUIRE(bin_of(-near) == -bin_of(near));
  }
}

}  // namespace

TEST_CASE(
    "bins begin and end where exact arithmetic says: powers of two, bounds, their neighbours, and others") {
  for (int power = -40; power <= 53; ++power) check_with_neighbours(std::ldexp(1.0, power));
  for (const uint64_t bound : bins::kBounds)
    for (const int power : {-30, -1, 0, 10, 52})
      check_with_neighbours(std::ldexp(1 + std::ldexp(static_cast<double>(bound), -52), power));
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(-31, 53);
  for (int i = 0; i < 2'000; ++i) check_with_neighbours(std::exp2(exponent(random)));
}

TEST_CASE("the bins at the ends") {
  CHECK(bin_of(0.0) == 0);
  CHECK(bin_of(5e-324) == 0);
  CHECK(bin_of(std::nextafter(kLeast, 0)) == 0);
  CHECK(bin_of(kLeast) == 1);
  CHECK(bin_of(std::nextafter(kLeast, 1)) == 2);
  CHECK(bin_of(kMost) == kLastBin);
  CHECK(bin_of(-kMost) == -kLastBin);
  CHECK(bin_of(1) == 30 * kBinsAnOctave + 1);
}

TEST_CASE("whole numbers up to 54 have a bin each") {
  for (int value = 1; value < 54; ++value) CHECK(bin_of(value) < bin_of(value + 1));
}

TEST_CASE("what stands for a bin is in it, and at most 1.083 % away from its bounds") {
  CHECK(value_of_bin(0) == 0);
  for (int number = 1; number <= kLastBin; ++number) {
    const auto bin = static_cast<int16_t>(number);
    const double value = value_of_bin(bin);
    if (bin > 1) REQUIRE(bin_of(value) == bin);  // of the first only the upper end is no zero
    REQUIRE(value_of_bin(static_cast<int16_t>(-number)) == -value);
    const double upper = std::exp2((number - 1) / 32.0 - 30), lower = std::exp2((number - 2) / 32.0 - 30);
    REQUIRE(std::abs(value - upper) / upper < 0.010831);
    REQUIRE(std::abs(value - lower) / lower < 0.010831);
  }
}

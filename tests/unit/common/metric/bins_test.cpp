#include "common/metric/bins.h"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <random>
#include <utility>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

constexpr uint64_t kWhole = Bins::kWhole;

std::map<int, uint64_t> plain(const Bins& bins) {
  std::map<int, uint64_t> held;
  for (const Bins::Bin& bin : bins) held[bin.number] = bin.parts;
  return held;
}

Bins bins_of(const std::vector<std::pair<int, uint64_t>>& list) {
  Bins bins;
  for (const auto& [number, parts] : list) bins.add(static_cast<int16_t>(number), parts);
  return bins;
}

}  // namespace

TEST_CASE("bins are put together as a plain map is") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    Bins all;
    std::map<int, uint64_t> expected;
    for (int part = 0; part < 4; ++part) {
      Bins some;
      for (uint64_t left = random() % 30; left > 0; --left) {
        const auto number = static_cast<int16_t>(static_cast<int>(random() % 41) - 20);
        const uint64_t parts = random() % 5;
        some.add(number, parts);
        if (parts > 0) expected[number] += parts;
      }
      all.merge(some);
    }
    REQUIRE(plain(all) == expected);
    int before = -100;
    for (const Bins::Bin& bin : all) REQUIRE(bin.number > std::exchange(before, bin.number));
  }
}

TEST_CASE("a bin stops at the most that it can hold") {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  Bins bins = bins_of({{3, kMost - 1}, {3, 1}});
  CHECK(bins.front().parts == kMost);
  bins.merge(bins_of({{3, 5}}));
  CHECK(bins.front().parts == kMost);
  CHECK(bins.bin_at(0.5) == 3);
}

TEST_CASE("a quantile is the bin with the sample of the nearest rank") {
  const Bins ten = bins_of({{-7, kWhole}, {0, 4 * kWhole}, {5, 4 * kWhole}, {90, kWhole}});
  CHECK(ten.bin_at(0) == -7);
  CHECK(ten.bin_at(0.14) == -7);  // 1.4
  CHECK(ten.bin_at(0.15) == 0);   // 1.5: the second
  CHECK(ten.bin_at(0.5) == 0);    // the fifth
  CHECK(ten.bin_at(0.55) == 5);
  CHECK(ten.bin_at(0.949) == 5);
  CHECK(ten.bin_at(0.95) == 90);
  CHECK(ten.bin_at(1) == 90);
}

TEST_CASE("a quantile of samples that count as parts") {
  const Bins bins = bins_of({{1, 3 * kWhole + 700}, {2, 10 * kWhole}});  // 13.68 samples
  CHECK(bins.bin_at(0.2) == 1);                                          // 2.7: the third
  CHECK(bins.bin_at(0.3) == 2);                                          // 4.1: the fourth
  CHECK(bins.bin_at(1) == 2);                                            // the fourteenth is not there
  CHECK(bins_of({{4, 1}}).bin_at(0.5) == 4);
}

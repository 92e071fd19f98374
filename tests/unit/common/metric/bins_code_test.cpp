#include "common/metric/bins_code.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

constexpr uint64_t kWhole = Bins::kWhole;
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

using Random = std::mt19937_64;

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (size_t at = 0; at < hex.size(); at += 3)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
  return bytes;
}

std::string hex_of(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

Bins bins_of(const std::vector<std::pair<int, uint64_t>>& list) {
  Bins bins;
  for (const auto& [number, parts] : list) bins.add(static_cast<int16_t>(number), parts);
  return bins;
}

/// Narrow and wide, few and many, whole and not, up to what the places hold.
Bins random_bins(Random& random) {
  Bins bins;
  const uint64_t width = random() % 4 == 0 ? Bins::kMostBins : 1 + random() % 300;
  const auto lowest = static_cast<int64_t>(random() % (Bins::kMostBins - width + 1)) - kLastBin;
  const uint64_t unit = random() % 2 == 0 ? kWhole : 1;
  const auto most_bits = random() % (unit == 1 ? 64 : 54);
  for (uint64_t left = random() % 200; left > 0; --left)
    bins.add(static_cast<int16_t>(lowest + static_cast<int64_t>(random() % width)),
             (1 + (random() >> (63 - most_bits) >> (random() % 8))) * unit);
  return bins;
}

/// Mean size of the code of so many samples whose logarithms are normally distributed, over three decades.
double mean_bytes(unsigned samples, unsigned rounds) {
  Random random(samples);
  std::lognormal_distribution<double> values(3, std::log(1'000) / 6);
  size_t bytes = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    Bins bins;
    for (unsigned i = 0; i < samples; ++i) bins.add(bin_of(values(random)), kWhole);
    bytes += encode(bins).size();
  }
  return static_cast<double>(bytes) / rounds;
}

}  // namespace

TEST_CASE("bins, byte by byte") {
  struct {
    const char* what;
    Bins bins;
    const char* bytes;
  } const table[] = {
      {"none", {}, "05 00 00 00"},
      {"one sample of 1", bins_of({{961, kWhole}}), "05 82 0f 01 00 80"},
      {"1, 2 and 2", bins_of({{961, kWhole}, {993, 2 * kWhole}}), "05 82 0f 02 50 fe 80"},
      {"one sample of -1 with a rate of 0.3", bins_of({{-961, 3'413}}), "25 81 0f 01 0c ea a0"},
      {"neighbours, and one without samples among them",
       bins_of({{7, 2 * kWhole},
                {8, 5 * kWhole},
                {9, 11 * kWhole},
                {10, 9 * kWhole},
                {11, 14 * kWhole},
                {12, 16 * kWhole},
                {13, 13 * kWhole},
                {14, 17 * kWhole},
                {15, 12 * kWhole},
                {16, 15 * kWhole},
                {17, 10 * kWhole},
                {19, 6 * kWhole},
                {20, 3 * kWhole}}),
       "15 0e 0e 00 29 42 59 8e ea 4e 49 bd 00"},
  };
  for (const auto& row : table) {
    CAPTURE(row.what);
    CHECK(hex_of(encode(row.bins)) == row.bytes);
    CHECK(decode_bins(bytes_of(row.bytes)) == row.bins);
  }
}

TEST_CASE("what is encoded is decoded") {
  for (unsigned seed = 0; seed < 5'000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Bins bins = random_bins(random);
    const std::string bytes = encode(bins);
    REQUIRE(bytes.size() <= kMostBinsBytes);
    REQUIRE(decode_bins(bytes) == bins);
  }
}

TEST_CASE("all bins with the most that they hold are encoded and decoded") {
  Random random(1);
  Bins most, any;
  for (int number = -kLastBin; number <= kLastBin; ++number) {
    most.add(static_cast<int16_t>(number), number % 2 == 0 ? kMost : 1);
    any.add(static_cast<int16_t>(number), random() | 1);
  }
  for (const Bins& bins : {most, any}) {
    const std::string bytes = encode(bins);
    CHECK(bytes.size() <= kMostBinsBytes);
    CHECK(decode_bins(bytes) == bins);
  }
}

TEST_CASE("what is cut, or longer, is refused") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const std::string bytes = encode(random_bins(random));
    for (size_t size = 0; size < bytes.size(); ++size) REQUIRE_FALSE(decode_bins(bytes.substr(0, size)));
    REQUIRE_FALSE(decode_bins(bytes + '\0'));
  }
}

TEST_CASE("of any bytes come bins that say the same in other bytes, or none") {
  unsigned decoded = 0;
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    std::string bytes = encode(random_bins(random));
    if (random() % 3 == 0) {
      bytes.resize(4 + random() % 20);
      for (size_t at = 1; at < bytes.size(); ++at) bytes[at] = static_cast<char>(random());
    } else {
      for (uint64_t flips = 1 + random() % 3; flips > 0; --flips)
        bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
    }
    const std::optional<Bins> bins = decode_bins(bytes);
    if (!bins) continue;
    ++decoded;
    REQUIRE(decode_bins(encode(*bins)) == bins);
    for (const Bins::Bin& bin : *bins) REQUIRE((bin.parts > 0 && std::abs(bin.number) <= kLastBin));
  }
  CHECK(decoded > 1'000);
}

TEST_CASE("what are no bins") {
  for (const char* hex : {
           "04 00 00 00",              // another scale
           "45 00 00 00",              // a flag that nobody knows
           "25 82 0f 01 00 00 20 00",  // 1,024 of 1,024ths are whole
           "05 c4 29 01 00 80",        // beyond the last bin: the first,
           "05 c2 29 02 00 e0",        // the second,
           "05 82 0f 02 f0 c3 e8 40",  // the second behind a gap,
           "15 c2 29 02 00 6c",        // a dense one
           "05 82 0f c4 29 00 ff ff",  // more bins than there are
           "15 82 0f 02 00 b0",        // nothing in the first
           "15 82 0f 02 00 70",        // nothing in the last
           "05 82 0f 01 00 81",        // a bit left over
           "05 82 0f 01 00 80 00",     // a byte left over
       }) {
    CAPTURE(hex);
    CHECK_FALSE(decode_bins(bytes_of(hex)));
  }
}

TEST_CASE("sizes: what samples over three decades take") {
  CHECK(mean_bytes(10, 200) <= 13.5);
  CHECK(mean_bytes(100, 100) <= 49.5);
  CHECK(mean_bytes(1'000, 20) <= 142);
  CHECK(mean_bytes(10'000, 4) <= 230);
  CHECK(mean_bytes(100'000, 1) <= 345);
}

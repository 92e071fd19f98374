#include "common/metric/bits.h"

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

std::optional<uint64_t> golomb(BitReader& reader, unsigned k) {
  uint64_t number = 0;
  return reader.golomb(k, number) ? std::optional(number) : std::nullopt;
}
std::optional<uint64_t> golomb(std::string_view bytes, unsigned k) {
  BitReader reader(bytes);
  return golomb(reader, k);
}

std::string code_of(uint64_t value, unsigned k) {
  BitWriter writer;
  writer.golomb(value, k);
  const std::string bytes = writer.take();
  BitReader reader(bytes);
  std::string text;
  for (unsigned bit = 0; bit < golomb_bits(value, k); ++bit) text += reader.bits(1).value() == 1 ? '1' : '0';
  CHECK(reader.at_end());
  return text;
}

}  // namespace

TEST_CASE("codes, bit by bit") {
  CHECK(code_of(0, 0) == "1");
  CHECK(code_of(1, 0) == "010");
  CHECK(code_of(2, 0) == "011");
  CHECK(code_of(3, 0) == "00100");
  CHECK(code_of(0, 2) == "100");
  CHECK(code_of(3, 2) == "111");
  CHECK(code_of(4, 2) == "01000");
  CHECK(code_of(12, 2) == "0010000");
  CHECK(code_of(kMost, 0) == std::string(64, '0') + '1' + std::string(64, '0'));
  CHECK(code_of(kMost - 1, 0) == std::string(63, '0') + std::string(64, '1'));
  CHECK(code_of(kMost, 63) == "010" + std::string(63, '1'));
}

TEST_CASE("what is written is read, whatever stands before it") {
  std::mt19937_64 random(1);
  for (unsigned round = 0; round < 300; ++round) {
    CAPTURE(round);
    std::vector<std::pair<uint64_t, unsigned>> written;
    BitWriter writer;
    size_t bits = 0;
    for (unsigned i = 0; i < 40; ++i) {
      const unsigned k = random() % 64;
      const uint64_t value = random() % 9 == 0 ? kMost - random() % 2 : random() >> random() % 64;
      written.emplace_back(value, k);
      bits += golomb_bits(value, k) + k;
      writer.golomb(value, k);
      writer.bits(value, k);
    }
    const std::string bytes = writer.take();
    REQUIRE(bytes.size() == (bits + 7) / 8);
    REQUIRE(writer.take().empty());
    BitReader reader(bytes);
    for (const auto& [value, k] : written) {
      REQUIRE(golomb(reader, k) == value);
      REQUIRE(reader.bits(k) == (value & ((uint64_t{1} << k) - 1)));
    }
    REQUIRE(reader.at_end());
  }
}

TEST_CASE("what is cut is refused, and so is a number above 64 bits") {
  const std::string whole("\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\0", 17);  // 2^64 - 1
  CHECK(golomb(whole, 0) == kMost);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    CHECK_FALSE(golomb(cut, 0));
  }
  CHECK_FALSE(golomb(whole, 1));
  std::string above = whole;
  above[16] = '\x80';
  CHECK_FALSE(golomb(above, 0));
  const std::string zeros(30, '\0');
  CHECK_FALSE(golomb(zeros, 0));
  CHECK_FALSE(BitReader(zeros.substr(0, 7)).bits(57));
  CHECK(BitReader(zeros.substr(0, 7)).bits(56) == 0);
}

TEST_CASE("the end is where less than a byte of zeros is left") {
  CHECK(BitReader("").at_end());
  BitReader reader(std::string_view("\x80\x01", 2));
  CHECK_FALSE(reader.at_end());
  CHECK(reader.bits(8) == 0x80);
  CHECK_FALSE(reader.at_end());
  CHECK(reader.bits(7) == 0);
  CHECK_FALSE(reader.at_end());
  CHECK(reader.bits(1) == 1);
  CHECK(reader.at_end());
  BitReader zeros(std::string_view("\0", 1));
  CHECK_FALSE(zeros.at_end());
  CHECK(zeros.bits(1) == 0);
  CHECK(zeros.at_end());
  CHECK_FALSE(zeros.bits(8));
  CHECK(zeros.bits(7) == 0);
}

TEST_CASE("any bytes may be read") {
  std::mt19937_64 random(2);
  for (unsigned round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? random() : 0);
    BitReader reader(bytes);
    unsigned read = 0;
    while (golomb(reader, random() % 64)) ++read;
    REQUIRE(read <= bytes.size() * 8);
  }
}

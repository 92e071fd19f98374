#include "common/varint.h"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common");

namespace {

using Bytes = std::array<std::byte, kMostVarintBytes>;

std::string hex(const std::byte* at, const std::byte* end) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (; at != end; ++at) {
    text += kDigits[static_cast<unsigned>(*at) >> 4];
    text += kDigits[static_cast<unsigned>(*at) & 15];
  }
  return text;
}

}  // namespace

TEST_CASE("a varint's bytes, and back") {
  const std::vector<std::pair<uint64_t, const char*>> table = {
      {0, "00"},          {1, "01"},
      {0x7F, "7f"},       {0x80, "8001"},
      {300, "ac02"},      {0x3FFF, "ff7f"},
      {0x4000, "808001"}, {std::numeric_limits<uint64_t>::max(), "ffffffffffffffffff01"}};
  for (const auto& [value, text] : table) {
    Bytes bytes;
    const std::byte* end = put_varint(bytes.data(), value);
    CHECK(hex(bytes.data(), end) == text);
    uint64_t back = 1;
    CHECK(get_varint(bytes.data(), end, back) == end);
    CHECK(back == value);
  }
}

TEST_CASE("a signed varint takes the places 0, -1, 1, -2, 2 first") {
  constexpr auto kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  const std::vector<std::pair<int64_t, const char*>> table = {{0, "00"},
                                                              {-1, "01"},
                                                              {1, "02"},
                                                              {-2, "03"},
                                                              {42, "54"},
                                                              {-64, "7f"},
                                                              {64, "8001"},
                                                              {300, "d804"},
                                                              {kMost, "feffffffffffffffff01"},
                                                              {kLeast, "ffffffffffffffffff01"}};
  for (const auto& [value, text] : table) {
    Bytes bytes;
    const std::byte* end = put_signed_varint(bytes.data(), value);
    CHECK(hex(bytes.data(), end) == text);
    int64_t back = 1;
    CHECK(get_signed_varint(bytes.data(), end, back) == end);
    CHECK(back == value);
  }
}

TEST_CASE("a varint that is cut anywhere is refused") {
  Bytes bytes;
  const std::byte* end = put_varint(bytes.data(), std::numeric_limits<uint64_t>::max());
  uint64_t value = 0;
  int64_t with_sign = 0;
  for (const std::byte* cut = bytes.data(); cut != end; ++cut) {
    CHECK(get_varint(bytes.data(), cut, value) == nullptr);
    CHECK(get_signed_varint(bytes.data(), cut, with_sign) == nullptr);
  }
}

TEST_CASE("a varint without an end is refused after ten bytes") {
  std::array<std::byte, 32> bytes;
  bytes.fill(std::byte{0x80});
  uint64_t value = 0;
  CHECK(get_varint(bytes.data(), bytes.data() + bytes.size(), value) == nullptr);
  bytes[kMostVarintBytes] = std::byte{0};
  CHECK(get_varint(bytes.data(), bytes.data() + bytes.size(), value) == nullptr);
  bytes[kMostVarintBytes - 1] = std::byte{0};
  CHECK(get_varint(bytes.data(), bytes.data() + bytes.size(), value) == bytes.data() + kMostVarintBytes);
  CHECK(value == 0);
}

#include "common/metric/bits.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

namespace kilometric {

void BitWriter::bits(uint64_t value, unsigned count) {
  while (count > 0) {
    if (free_ == 0) {
      bytes_ += '\0';
      free_ = 8;
    }
    const unsigned taken = std::min(free_, count);
    count -= taken;
    free_ -= taken;
    const uint64_t piece = value >> count & ((1U << taken) - 1);
    bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) | piece << free_);
  }
}

void BitWriter::golomb(uint64_t value, unsigned k) {
  const unsigned zeros = (golomb_bits(value, k) - 1 - k) / 2;
  bits(0, zeros);
  bits(1, 1);
  bits((value >> k) + 1, zeros);  // without its first digit; 2^64 is 64 zeros behind it
  bits(value, k);
}

/// The next 64 bits; zeros beyond the end.
uint64_t BitReader::peek() const noexcept {
  const size_t first = at_ / 8;
  const auto byte = [&](size_t place) -> uint64_t {
    return first + place < bytes_.size() ? static_cast<unsigned char>(bytes_[first + place]) : 0;
  };
  uint64_t next = 0;
  if (bytes_.size() - first >= sizeof next) {
    std::memcpy(&next, bytes_.data() + first, sizeof next);
    next = be64toh(next);
  } else {
    for (size_t place = 0; place < sizeof next; ++place) next = next << 8 | byte(place);
  }
  const unsigned passed = at_ % 8;
  return passed == 0 ? next : next << passed | byte(8) >> (8 - passed);
}

std::optional<uint64_t> BitReader::bits(unsigned count) noexcept {
  if (count > left()) return std::nullopt;
  const uint64_t value = count == 0 ? 0 : peek() >> (64 - count);
  at_ += count;
  return value;
}

std::optional<uint64_t> BitReader::golomb(unsigned k) noexcept {
  const auto zeros = static_cast<unsigned>(std::countl_zero(peek()));
  if (!bits(zeros) || bits(1) != 1) return std::nullopt;
  const std::optional<uint64_t> digits = bits(zeros);
  const std::optional<uint64_t> low = bits(k);
  if (!digits || !low || (zeros == 64 && *digits != 0)) return std::nullopt;
  const uint64_t high = (zeros == 64 ? 0 : uint64_t{1} << zeros) + *digits - 1;
  if (k > 0 && high >> (64 - k) != 0) return std::nullopt;
  return high << k | *low;
}

}  // namespace kilometric

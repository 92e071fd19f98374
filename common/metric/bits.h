// Numbers in as few bits as they need, for what entries hold in binary: the bins of timers, the members of
// sets. The first bit is the top one of the first byte; what is left of the last byte is zero.
//
// An exp-Golomb code with the parameter k: the number divided by 2^k, plus one, in binary, behind as many zeros
// as it has digits after the first; then the k lowest bits of the number. Every 64-bit number has one.
//
//   k = 0:   0 -> 1      1 -> 010    2 -> 011    3 -> 00100
//   k = 2:   0 -> 100    3 -> 111    4 -> 01000  12 -> 0010000
//
// A reader is given bytes that anybody may have made: it reads nothing outside of them, and says what is cut.
#pragma once

#include <endian.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kilometric {

/// How many bits the code of `value` takes. Requires k < 64, here and below.
constexpr unsigned golomb_bits(uint64_t value, unsigned k) noexcept {
  const uint64_t high = value >> k;
  const auto zeros = high == UINT64_MAX ? 64U : static_cast<unsigned>(std::bit_width(high + 1)) - 1;
  return 2 * zeros + 1 + k;
}

class BitWriter {
 public:
  /// The lowest `count` bits of `value`. Requires count <= 64.
  void bits(uint64_t value, unsigned count);
  void golomb(uint64_t value, unsigned k);

  /// What was written, in whole bytes.
  std::string take();

 private:
  std::string bytes_;
  uint64_t last_ = 0;  ///< its lowest bits are still to become a byte,
  unsigned used_ = 0;  ///< so many, less than 8
};

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// nullopt when fewer than `count` are left. Requires count <= 64.
  std::optional<uint64_t> bits(unsigned count) noexcept {
    if (count > left()) return std::nullopt;
    const uint64_t value = count == 0 ? 0 : peek() >> (64 - count);
    at_ += count;
    return value;
  }

  /// The same of what is known to be there. Requires 0 < count <= 64, and that so many are left.
  uint64_t take(unsigned count) noexcept {
    const uint64_t value = peek() >> (64 - count);
    at_ += count;
    return value;
  }

  /// The same of at most 56, which takes half of the time.
  uint64_t take_short(unsigned count) noexcept {
    const size_t first = at_ / 8, passed = at_ % 8;
    const uint64_t next = (bytes_.size() - first < 8 ? last_bytes() : load(first)) << passed;
    at_ += count;
    return next >> (64 - count);
  }

  /// False when no whole code is left, or one of a number above 64 bits. No std::optional: a timer's entry is
  /// mostly these, and it waits in memory for what has just been written there, for most of the time.
  bool golomb(unsigned k, uint64_t& number) noexcept {
    const uint64_t next = peek();
    const unsigned length = 2 * static_cast<unsigned>(std::countl_zero(next)) + 1 + k;
    if (length > 64 || length > left()) return long_golomb(k, number);
    at_ += length;
    number = (next >> (64 - length)) - (uint64_t{1} << k);
    return true;
  }

  /// True when nothing is left but the zeros that fill the last byte.
  bool at_end() const noexcept { return left() < 8 && peek() == 0; }

 private:
  size_t left() const noexcept { return bytes_.size() * 8 - at_; }

  /// The next 64 bits; zeros beyond the end.
  uint64_t peek() const noexcept {
    const size_t first = at_ / 8, passed = at_ % 8;
    if (bytes_.size() - first <= 8) return last_bytes() << passed;
    const auto ninth = static_cast<unsigned char>(bytes_[first + 8]);
    return load(first) << passed | ninth >> (8 - passed);
  }
  /// Requires that 8 bytes stand there.
  uint64_t load(size_t place) const noexcept {
    uint64_t next = 0;
    std::memcpy(&next, bytes_.data() + place, sizeof next);
    return be64toh(next);
  }
  uint64_t last_bytes() const noexcept;
  bool long_golomb(unsigned k, uint64_t& number) noexcept;

  std::string_view bytes_;
  size_t at_ = 0;  ///< in bits
};

}  // namespace kilometric

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
  void put(unsigned bytes);

  std::string bytes_;
  uint64_t last_ = 0;  ///< its lowest bits are still to become bytes,
  unsigned used_ = 0;  ///< so many, less than 32
};

/// The next bits lie in a window, so that codes that follow each other wait for no memory.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) noexcept : next_(bytes.data()), end_(next_ + bytes.size()) {}

  /// nullopt when fewer than `count` are left. Requires count <= 64.
  std::optional<uint64_t> bits(unsigned count) noexcept {
    if (count > left()) return std::nullopt;
    return count == 0 ? 0 : take(count);
  }

  /// The same of what is known to be there. Requires 0 < count <= 64, and that so many are left.
  uint64_t take(unsigned count) noexcept {
    if (count <= kShort) return take_short(count);
    const uint64_t high = take_short(count - 32);
    return high << 32 | take_short(32);
  }

  /// The same of at most kShort.
  static constexpr unsigned kShort = 56;
  uint64_t take_short(unsigned count) noexcept {
    if (count > filled_) fill();
    const uint64_t value = window_ >> (64 - count);
    pass(count);
    return value;
  }

  /// False when no whole code is left, or one of a number above 64 bits. No std::optional: a timer's entry is
  /// mostly these, and it waits in memory for what has just been written there, for most of the time.
  bool golomb(unsigned k, uint64_t& number) noexcept {
    unsigned length = golomb_length(k);
    if (length > filled_) {
      fill();
      length = golomb_length(k);
      if (length > filled_) return long_golomb(k, number);
    }
    number = (window_ >> (64 - length)) - (uint64_t{1} << k);
    pass(length);
    return true;
  }

  /// True when nothing is left but the zeros that fill the last byte.
  bool at_end() const noexcept { return left() < 8 && (filled_ == 0 || window_ >> (64 - filled_) == 0); }

 private:
  size_t left() const noexcept { return filled_ + 8 * static_cast<size_t>(end_ - next_); }

  /// Of the code that begins the window, as far as that shows it.
  unsigned golomb_length(unsigned k) const noexcept {
    return 2 * static_cast<unsigned>(std::countl_zero(window_)) + 1 + k;
  }

  /// Requires count < 64.
  void pass(unsigned count) noexcept {
    window_ <<= count;
    filled_ -= count;
  }

  /// With at least kShort bits, or all that are left. Behind these the window may show more, which are still to
  /// come.
  void fill() noexcept {
    if (end_ - next_ < 8) return fill_by_bytes();
    uint64_t more = 0;
    std::memcpy(&more, next_, sizeof more);
    window_ |= be64toh(more) >> filled_;
    const unsigned bytes = (63 - filled_) / 8;
    next_ += bytes;
    filled_ += 8 * bytes;
  }
  void fill_by_bytes() noexcept;
  bool long_golomb(unsigned k, uint64_t& number) noexcept;

  const char* next_;  ///< behind what is in the window
  const char* end_;
  uint64_t window_ = 0;  ///< the next bits, from its top on,
  unsigned filled_ = 0;  ///< so many, less than 64
};

}  // namespace kilometric

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

#include <bit>
#include <cstddef>
#include <cstdint>
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
  std::string take() { return std::exchange(bytes_, (free_ = 0, std::string())); }

 private:
  std::string bytes_;
  unsigned free_ = 0;  ///< bits of the last byte
};

class BitReader {
 public:
  explicit BitReader(std::string_view bytes) noexcept : bytes_(bytes) {}

  /// nullopt when fewer than `count` are left. Requires count <= 64.
  std::optional<uint64_t> bits(unsigned count) noexcept;
  /// nullopt when no whole code is left, or one of a number above 64 bits.
  std::optional<uint64_t> golomb(unsigned k) noexcept;

  /// True when nothing is left but the zeros that fill the last byte.
  bool at_end() const noexcept { return left() < 8 && peek() == 0; }

 private:
  size_t left() const noexcept { return bytes_.size() * 8 - at_; }
  uint64_t peek() const noexcept;

  std::string_view bytes_;
  size_t at_ = 0;  ///< in bits
};

}  // namespace kilometric

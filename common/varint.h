// Numbers that are mostly small, in as few bytes as they need: seven bits a byte, the lowest first, the
// top bit set in all but the last. (LEB128, as in DWARF, Protocol Buffers and WebAssembly.) A number with a
// sign takes the places 0, -1, 1, -2, 2, ... first.
//
//   0 -> 00    -1 -> 01    42 -> 54    300 -> d8 04
#pragma once

#include <cstddef>
#include <cstdint>

namespace kilometric {

inline constexpr size_t kMostVarintBytes = 10;

/// Returns where the next byte goes. At most kMostVarintBytes are written.
inline std::byte* put_varint(std::byte* at, uint64_t value) noexcept {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<std::byte>(value | 0x80);
  *at++ = static_cast<std::byte>(value);
  return at;
}

/// The place that a number with a sign takes, and which number takes a place.
constexpr uint64_t place_of(int64_t value) noexcept {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t at_place(uint64_t place) noexcept {
  return static_cast<int64_t>((place >> 1) ^ (0 - (place & 1)));
}

inline std::byte* put_signed_varint(std::byte* at, int64_t value) noexcept {
  return put_varint(at, place_of(value));
}

/// Reads one that ends before `end`. Returns where the next byte is; nullptr when it is cut or too long.
inline const std::byte* get_varint(const std::byte* at, const std::byte* end, uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
    const auto byte = static_cast<uint64_t>(*at++);
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return at;
  }
  return nullptr;
}

inline const std::byte* get_signed_varint(const std::byte* at, const std::byte* end, int64_t& value) noexcept {
  uint64_t place = 0;
  at = get_varint(at, end, place);
  value = at_place(place);
  return at;
}

}  // namespace kilometric

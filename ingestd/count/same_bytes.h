// memcmp for keys: so short that a call costs more than the comparison. Whole words, the last of them
// overlapping, so that they end with the key; no branch on what is in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kilometric {

template <class Word>
Word difference(const char* a, const char* b) noexcept {
  Word of_a, of_b;
  std::memcpy(&of_a, a, sizeof of_a);
  std::memcpy(&of_b, b, sizeof of_b);
  return of_a ^ of_b;
}

inline uint64_t difference16(const char* a, const char* b) noexcept {
  return difference<uint64_t>(a, b) | difference<uint64_t>(a + 8, b + 8);
}

inline bool same_bytes(const char* a, const char* b, size_t bytes) noexcept {
  if (bytes >= 16) {
    uint64_t differences = difference16(a + bytes - 16, b + bytes - 16);
    for (size_t at = 0; at + 16 < bytes; at += 16) differences |= difference16(a + at, b + at);
    return differences == 0;
  }
  if (bytes >= 8) return (difference<uint64_t>(a, b) | difference<uint64_t>(a + bytes - 8, b + bytes - 8)) == 0;
  if (bytes >= 4) return (difference<uint32_t>(a, b) | difference<uint32_t>(a + bytes - 4, b + bytes - 4)) == 0;
  return bytes == 0 || (a[0] == b[0] && a[bytes / 2] == b[bytes / 2] && a[bytes - 1] == b[bytes - 1]);
}

}  // namespace kilometric

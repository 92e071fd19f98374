// Finds a key's cell in the current segment: an open-addressing table in the worker's own memory.
// A slot holds the upper half of the hash and the cell's number plus one; zero is an empty slot.
// The table is at most three quarters full, so a miss ends soon. It dies with the worker: nobody
// else needs it, as no segment is ever opened again for writing.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "ingestd/segment.h"

namespace kilometric {

class KeyIndex {
 public:
  static constexpr uint64_t kNone = ~uint64_t{0};

  /// `slots`: a power of two.
  explicit KeyIndex(uint64_t slots) : mask_(slots - 1), slots_(std::make_unique<uint64_t[]>(slots)) {}

  /// First step of a lookup: asks for the slot's cache line.
  void prefetch(uint64_t hash) const noexcept { __builtin_prefetch(&slots_[hash & mask_]); }

  /// Second step: asks for the cell's cache line, if the first slot looks right.
  void prefetch_cell(uint64_t hash, const Segment& segment) const noexcept {
    const uint64_t slot = slots_[hash & mask_];
    if (slot != 0 && tag(slot) == tag(hash)) __builtin_prefetch(&segment.cell(cell(slot)), 1);
  }

  /// The key's first cell, or kNone.
  uint64_t find(std::string_view key, uint64_t hash, const Segment& segment) const noexcept {
    for (uint64_t at = hash & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
      if (tag(slots_[at]) != tag(hash)) continue;
      const uint64_t found = cell(slots_[at]);
      if (segment.cell(found).key_bytes == key.size() && same(segment.key_data(found), key.data(), key.size()))
        return found;
    }
    return kNone;
  }

  /// The key must not be there yet.
  void insert(uint64_t hash, uint64_t cell) noexcept {
    uint64_t at = hash & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = (hash & ~uint64_t{0xFFFFFFFF}) | (cell + 1);
  }

  uint64_t slots() const noexcept { return mask_ + 1; }

 private:
  static uint32_t tag(uint64_t value) noexcept { return static_cast<uint32_t>(value >> 32); }
  static uint64_t cell(uint64_t slot) noexcept { return (slot & 0xFFFFFFFF) - 1; }

  /// Compares inline, in words: a call costs more than it does for so few bytes. The last word
  /// overlaps the one before it, so that it ends with the key.
  static bool same(const char* a, const char* b, size_t bytes) noexcept {
    if (bytes < sizeof(uint64_t)) {
      while (bytes > 0 && a[bytes - 1] == b[bytes - 1]) --bytes;
      return bytes == 0;
    }
    const char* const last = a + bytes - sizeof(uint64_t);
    uint64_t difference = word(last) ^ word(b + bytes - sizeof(uint64_t));
    for (; a < last; a += sizeof(uint64_t), b += sizeof(uint64_t)) difference |= word(a) ^ word(b);
    return difference == 0;
  }
  static uint64_t word(const char* bytes) noexcept {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }

  uint64_t mask_;
  std::unique_ptr<uint64_t[]> slots_;
};

}  // namespace kilometric

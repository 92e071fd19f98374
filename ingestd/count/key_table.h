// Finds a key's cell in the current segment: an open-addressing table in the worker's own memory.
// A slot holds the upper half of the hash and the cell's number plus one; zero is an empty slot.
// The table is at most three quarters full, so a miss ends soon. It dies with the worker: nobody
// else needs it, as no segment is ever opened again for writing.
#pragma once

#include <cstdint>
#include <string_view>

#include "ingestd/count/segment.h"
#include "ingestd/system/zeros.h"

namespace kilometric {

class KeyTable {
 public:
  static constexpr uint64_t kNone = ~uint64_t{0};

  /// `slots`: a power of two.
  explicit KeyTable(uint64_t slots) : mask_(slots - 1), slots_(slots) {}

  /// First step of a lookup: the slot, to be asked of the memory.
  const void* place(uint64_t hash) const noexcept { return slots_.begin() + (hash & mask_); }

  /// Second step: the cell of the first slot that looks right, or 0. It is to be compared with the key.
  uint64_t likely_cell(uint64_t hash) const noexcept {
    uint64_t at = hash & mask_;
    while (slots_[at] != 0 && tag(slots_[at]) != tag(hash)) at = (at + 1) & mask_;
    return slots_[at] == 0 ? 0 : cell(slots_[at]);
  }

  /// All steps at once: the first cell of this kind's key, or kNone.
  uint64_t find(Kind kind, std::string_view key, uint64_t hash, const Segment& segment) const noexcept {
    for (uint64_t at = hash & mask_; slots_[at] != 0; at = (at + 1) & mask_)
      if (tag(slots_[at]) == tag(hash) && segment.holds(cell(slots_[at]), kind, key)) return cell(slots_[at]);
    return kNone;
  }

  /// The key must not be there yet.
  void insert(uint64_t hash, uint64_t cell) noexcept {
    uint64_t at = hash & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = (hash & ~uint64_t{0xFFFFFFFF}) | (cell + 1);
  }

  void clear() noexcept { slots_.clear(); }

  uint64_t slots() const noexcept { return mask_ + 1; }

 private:
  static uint32_t tag(uint64_t value) noexcept { return static_cast<uint32_t>(value >> 32); }
  static uint64_t cell(uint64_t slot) noexcept { return (slot & 0xFFFFFFFF) - 1; }

  uint64_t mask_;
  Zeros slots_;
};

}  // namespace kilometric

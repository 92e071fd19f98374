#include "ingestd/spool/key_sums.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace kilometric {
namespace {

constexpr uint64_t kPosition = 0xFFFF'FFFF;  ///< the lower half of a slot; the upper is of the hash

}  // namespace

void KeySums::grow() {
  const Zeros before = std::exchange(slots_, Zeros(std::max<size_t>(1024, slots_.size() * 2)));
  const size_t mask = slots_.size() - 1;
  for (const uint64_t slot : before) {
    if (slot == 0) continue;
    size_t at = hash_of(entries_[(slot & kPosition) - 1].key) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

uint64_t KeySums::hash_of(std::string_view key) const {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed_);
}

/// Returns the entry of this kind and key that is there already; nullptr when there was none, and this is it.
BatchEntry* KeySums::add(const BatchEntry& entry) {
  if (entries_.size() >= slots_.size() / 2) grow();
  const size_t mask = slots_.size() - 1;
  const uint64_t hash = hash_of(entry.key);
  size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    if ((slots_[at] ^ hash) > kPosition) continue;
    BatchEntry& known = entries_[(slots_[at] & kPosition) - 1];
    if (known.key != entry.key || known.delta.kind() != entry.delta.kind()) continue;
    known.ms = std::max(known.ms, entry.ms);
    return &known;
  }
  entries_.push_back(entry);
  slots_[at] = (hash & ~kPosition) | entries_.size();
  return nullptr;
}

}  // namespace kilometric

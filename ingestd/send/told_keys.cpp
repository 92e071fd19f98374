#include "ingestd/send/told_keys.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace kilometric {

/// Where the hash is, or else the empty slot where it would be. Requires that there are slots.
size_t HashSet::slot_of(uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & mask;
  return at;
}

bool HashSet::contains(uint64_t hash) const {
  return hash != 0 && !slots_.empty() && slots_[slot_of(hash)] == hash;
}

void HashSet::insert(uint64_t hash) {
  if (hash == 0) return;
  if (size_ >= slots_.size() / 2) grow();
  uint64_t& slot = slots_[slot_of(hash)];
  if (slot == 0) ++size_;
  slot = hash;
}

void HashSet::grow() {
  const Zeros before = std::exchange(slots_, Zeros(std::max<size_t>(1024, slots_.size() * 2)));
  for (const uint64_t hash : before)
    if (hash != 0) slots_[slot_of(hash)] = hash;
}

/// What was put behind it for lack of a place of its own moves up, so that no search ends too soon.
void HashSet::erase(uint64_t hash) {
  if (!contains(hash)) return;
  const size_t mask = slots_.size() - 1;
  size_t hole = slot_of(hash);
  for (size_t at = (hole + 1) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const size_t home = slots_[at] & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;  // its own place lies behind the hole
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = 0;
  --size_;
}

void HashSet::clear() {
  slots_ = {};
  size_ = 0;
}

uint64_t ToldKeys::hash_of(Kind kind, std::string_view key) const {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed_ + static_cast<uint64_t>(kind));
}

void ToldKeys::erase(Kind kind, std::string_view key) {
  const uint64_t hash = hash_of(kind, key);
  newer_.erase(hash);
  older_.erase(hash);
}

void ToldKeys::clear() {
  newer_.clear();
  older_.clear();
}

/// The new generation has at once the room that the last one took.
void ToldKeys::begin_batch() {
  if (++batches_ % kShares == 0)
    older_ = std::exchange(newer_, HashSet(newer_.size() > 0 ? newer_.slots() : 0));
}

}  // namespace kilometric

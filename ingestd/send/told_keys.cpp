#include "ingestd/send/told_keys.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace kilometric {
namespace {

constexpr size_t kLeastSlots = 1024;

}  // namespace

/// Where the hash is, or else the empty slot where it would be. Requires that there are slots.
size_t HashSet::slot_of(uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = home_of(hash);
  while (slots_[at] != 0 && (slots_[at] ^ hash) > kMarks) at = (at + 1) & mask;
  return at;
}

void HashSet::insert(uint64_t hash) {
  if (size_ >= slots_.size() / 2) move_to(slots_.size() * 2);
  uint64_t& slot = slots_[slot_of(hash)];
  if (slot == 0) ++size_;
  slot = (hash & ~kMarks) | kTaken | odd_;
}

void HashSet::move_to(size_t slots) {
  const Zeros before = std::exchange(slots_, Zeros(std::max(kLeastSlots, slots)));
  for (const uint64_t slot : before)
    if (slot != 0) slots_[slot_of(slot)] = slot;
}

/// What was put behind it for lack of a place of its own moves up, so that no search ends too soon.
void HashSet::erase(uint64_t hash) {
  if (!contains(hash)) return;
  const size_t mask = slots_.size() - 1;
  size_t hole = slot_of(hash);
  for (size_t at = (hole + 1) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const size_t home = home_of(slots_[at]);
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

/// Where most are told again nothing is moved.
void HashSet::begin_generation() {
  odd_ ^= kOdd;
  const auto is_old = [this](uint64_t slot) { return slot != 0 && (slot & kOdd) == odd_; };
  const auto old = static_cast<size_t>(std::count_if(slots_.begin(), slots_.end(), is_old));
  if (old == 0) return;
  const Zeros before = std::exchange(slots_, {});
  const size_t left = std::exchange(size_, 0) - old;
  if (left == 0) return;
  slots_ = Zeros(std::max(kLeastSlots, std::bit_ceil(2 * left + 1)));
  size_ = left;
  for (const uint64_t slot : before)
    if (slot != 0 && !is_old(slot)) slots_[slot_of(slot)] = slot;
}

uint64_t ToldKeys::hash_of(Kind kind, std::string_view key) const {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed_ + static_cast<uint64_t>(kind));
}

void ToldKeys::begin_batch() {
  if (++batches_ % kShares == 0) hashes_.begin_generation();
}

}  // namespace kilometric

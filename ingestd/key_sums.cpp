#include "ingestd/key_sums.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace kilometric {

void KeySums::grow() {
  slots_.assign(std::max<size_t>(1024, slots_.size() * 2), 0);
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view key = entries_[i].key;
    size_t at = XXH3_64bits_withSeed(key.data(), key.size(), seed_) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<uint32_t>(i + 1);
  }
}

void KeySums::add(const BatchEntry& entry) {
  if (entries_.size() >= slots_.size() / 2) grow();
  const size_t mask = slots_.size() - 1;
  size_t at = XXH3_64bits_withSeed(entry.key.data(), entry.key.size(), seed_) & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    BatchEntry& known = entries_[slots_[at] - 1];
    if (known.key != entry.key) continue;
    known.delta += entry.delta;
    known.fresh |= entry.fresh;
    known.ms = std::max(known.ms, entry.ms);
    return;
  }
  entries_.push_back(entry);
  slots_[at] = static_cast<uint32_t>(entries_.size());
}

}  // namespace kilometric

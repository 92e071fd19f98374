#include "readerd/keys/value_counts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace kilometric {
namespace {

constexpr size_t kFirstSlots = 8;

/// The first eight bytes, those that lack as `rest`: of two texts the lesser one has no greater head.
uint64_t head_of(std::string_view text, unsigned char rest = 0) {
  uint64_t head = 0;
  for (size_t i = 0; i < sizeof head; ++i)
    head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : rest);
  return head;
}

}  // namespace

/// The text in a piece of the heap, the entry, and two slots.
size_t ValueCounts::bytes_of(std::string_view value) {
  constexpr size_t kHeapHead = 8, kHeapStep = 16;
  const size_t text = (value.size() + kHeapHead + kHeapStep - 1) / kHeapStep * kHeapStep;
  return std::max(text, 2 * kHeapStep) + sizeof(Entry) + 2 * sizeof(uint32_t);
}

bool ValueCounts::count(std::string_view value, size_t& room) {
  if (slots_.empty()) make_slots(kFirstSlots);
  const auto hash = static_cast<uint32_t>(XXH3_64bits_withSeed(value.data(), value.size(), seed_));
  uint32_t& slot = slot_of(value, hash);
  if (slot != 0) {
    ++entries_[slot - 1].counted;
    return true;
  }
  const size_t bytes = bytes_of(value);
  if (bytes > room || value.size() > UINT16_MAX) return false;
  room -= bytes;
  auto text = std::make_unique<char[]>(value.size());
  std::memcpy(text.get(), value.data(), value.size());
  entries_.push_back({std::move(text), head_of(value), hash, 1, 0, static_cast<uint16_t>(value.size())});
  slot = static_cast<uint32_t>(entries_.size());
  if (entries_.size() * 4 > slots_.size() * 3) make_slots(slots_.size() * 2);
  return true;
}

uint32_t& ValueCounts::slot_of(std::string_view value, uint32_t hash) {
  for (size_t at = hash;; ++at) {
    uint32_t& slot = slots_[at & (slots_.size() - 1)];
    if (slot == 0) return slot;
    const Entry& entry = entries_[slot - 1];
    if (entry.hash == hash && entry.view() == value) return slot;
  }
}

void ValueCounts::make_slots(size_t count) {
  slots_.assign(count, 0);
  for (size_t i = 0; i < entries_.size(); ++i) {
    size_t at = entries_[i].hash;
    while (slots_[at & (count - 1)] != 0) ++at;
    slots_[at & (count - 1)] = static_cast<uint32_t>(i + 1);
  }
}

size_t ValueCounts::turn() {
  size_t bytes = 0;
  for (Entry& entry : entries_) {
    entry.told = std::exchange(entry.counted, 0);
    if (entry.told == 0) bytes += bytes_of(entry.view());
  }
  if (bytes > 0) {
    std::erase_if(entries_, [](const Entry& entry) { return entry.told == 0; });
    make_slots(slots_.size());
  }
  told_ = entries_.size();
  return bytes;
}

std::vector<ValueCounts::Value> ValueCounts::first(size_t most, std::string_view prefix,
                                                   std::string_view after) const {
  const uint64_t least = std::max(head_of(prefix), head_of(after)), greatest = head_of(prefix, 0xFF);
  std::vector<const Entry*> found;  // a heap, the greatest of them first
  const auto less = [](const Entry* a, const Entry* b) { return *a < *b; };
  for (const Entry& entry : entries_) {
    if (entry.told == 0 || entry.head < least || entry.head > greatest) continue;
    if (found.size() == most && !(entry < *found.front())) continue;
    if (!entry.view().starts_with(prefix) || (!after.empty() && entry.view() <= after)) continue;
    if (found.size() == most) {
      std::ranges::pop_heap(found, less);
      found.pop_back();
    }
    found.push_back(&entry);
    std::ranges::push_heap(found, less);
  }
  std::ranges::sort_heap(found, less);
  std::vector<Value> values;
  for (const Entry* entry : found) values.push_back({entry->view(), entry->told});
  return values;
}

}  // namespace kilometric

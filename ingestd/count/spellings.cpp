#include "ingestd/count/spellings.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace kilometric {
namespace {

constexpr uint64_t kUsualBytes = 96;  ///< of a record and its slot
constexpr uint64_t kLeastBytes = uint64_t{4} << 20;
constexpr uint64_t kMostBytes = uint64_t{16} << 30;  ///< what 32 bits can say in words
constexpr uint64_t kLeastSlots = 1024;

}  // namespace

Spellings::Spellings(const KeyHash& hash, uint64_t keys)
    : hash_(hash), most_bytes_(std::clamp(keys * kUsualBytes, kLeastBytes, kMostBytes)) {}

void Spellings::resolve(Line& line, std::string_view section) noexcept {
  if (!rules_.keep) {
    if (line.key.size() > kMaxKeyBytes) line.outcome = Outcome::bad_key;
    return;
  }
  line.sent = line.key.data();
  const XXH128_hash_t spelling = hash_(line.key, section);
  std::string_view key = newer_.find(spelling);
  if (key.empty()) {
    key = older_.find(spelling);
    if (key.empty()) {
      key = made_.make(line.key, section, rules_);
      line.outcome = made_.outcome();
      if (key.empty() || key == line.key) return;
    }
    key = remember(spelling, key);
    if (key.empty()) line.outcome = Outcome::refused;
  }
  if (!key.empty()) line.key = key;
}

/// Empty when there is no memory for it.
std::string_view Spellings::remember(const XXH128_hash_t& spelling, std::string_view key) noexcept {
  try {
    if (newer_.bytes() >= most_bytes_) {
      Generation empty;
      older_ = std::exchange(newer_, std::move(empty));
    }
    return newer_.insert(spelling, key);
  } catch (const std::bad_alloc&) {
    return {};
  }
}

std::string_view Spellings::Generation::find(const XXH128_hash_t& spelling) const noexcept {
  if (slots_.empty()) return {};
  const uint64_t hash = spelling.low64, mask = slots_.size() - 1;
  for (uint64_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
    if (slots_[at] >> 32 != hash >> 32) continue;
    const Record& found = *record((slots_[at] & 0xFFFFFFFF) - 1);
    if (found.hash == hash && found.check == spelling.high64) return {found.key, found.key_bytes};
  }
  return {};
}

std::string_view Spellings::Generation::insert(const XXH128_hash_t& spelling, std::string_view key) {
  if (records_ >= slots_.size() / 4 * 3) make_slots(std::max(kLeastSlots, slots_.size() * 2));
  const uint64_t words = (offsetof(Record, key) + key.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t);
  if (end_ + words > chunks_.size() * kChunkWords) {
    chunks_.push_back(std::make_unique<uint64_t[]>(kChunkWords));
    end_ = (chunks_.size() - 1) * kChunkWords;
  }
  Record& made = *record(end_);
  made.hash = spelling.low64;
  made.check = spelling.high64;
  made.key_bytes = key.size();
  std::memcpy(made.key, key.data(), key.size());
  enter(made.hash, end_);
  end_ += words;
  ++records_;
  return {made.key, key.size()};
}

void Spellings::Generation::enter(uint64_t hash, uint64_t at) noexcept {
  const uint64_t mask = slots_.size() - 1;
  uint64_t slot = hash & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = (hash & ~uint64_t{0xFFFFFFFF}) | (at + 1);
}

void Spellings::Generation::make_slots(uint64_t slots) {
  const Zeros old = std::exchange(slots_, Zeros(slots));
  for (const uint64_t slot : old)
    if (slot != 0) enter(record((slot & 0xFFFFFFFF) - 1)->hash, (slot & 0xFFFFFFFF) - 1);
}

}  // namespace kilometric

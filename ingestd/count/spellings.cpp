#include "ingestd/count/spellings.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace kilometric {
namespace {

/// Of a record and its slots. So much that usual keys are all in one generation: if a few were too many for it,
/// each turn of all keys would fill two, and move all from one to the other.
constexpr uint64_t kUsualBytes = 128;
constexpr uint64_t kLeastBytes = uint64_t{4} << 20;
constexpr uint64_t kMostBytes = uint64_t{16} << 30;  ///< what 32 bits can say in words
constexpr uint64_t kLeastSlots = 1024;
constexpr uint64_t kLow = 0xFFFFFFFF;

}  // namespace

Spellings::Spellings(const KeyHash& hash, uint64_t keys)
    : hash_(hash), most_bytes_(std::clamp(keys * kUsualBytes, kLeastBytes, kMostBytes)) {}

/// The hash is inlined: nearly every line that has tags goes this way, and no further.
[[gnu::flatten]] uint64_t Spellings::resolve(Line& line, std::string_view section) noexcept {
  if (!rules_.keep) {
    if (line.key.size() > kMaxKeyBytes) line.outcome = Outcome::bad_key;
    return hash_(line.key);
  }
  line.sent = line.key.data();
  const XXH128_hash_t spelling = hash_(line.key, section);
  const Generation::Record* const known = newer_.find(spelling);
  if (known == nullptr) return resolve_anew(line, section, spelling);
  line.key = known->text();
  return known->key_hash;
}

/// What is not in the newer generation: it comes from the older one, or is new. Room is made first: what is
/// found in the older one must not go with it.
[[gnu::noinline]] uint64_t Spellings::resolve_anew(Line& line, std::string_view section,
                                                   const XXH128_hash_t& spelling) noexcept {
  if (newer_.bytes() >= most_bytes_) older_ = std::exchange(newer_, Generation());
  const Generation::Record* known = older_.find(spelling);
  const std::string_view key = known != nullptr ? known->text() : made_.make(line.key, section, rules_);
  if (known == nullptr) line.outcome = made_.outcome();
  const uint64_t key_hash = known != nullptr ? known->key_hash : hash_(key);
  if (key.empty() || (known == nullptr && key == line.key)) return key_hash;
  known = remember(spelling, key, key_hash);
  if (known != nullptr)
    line.key = known->text();
  else
    line.outcome = Outcome::refused;
  return key_hash;
}

/// nullptr when there is no memory for it.
const Spellings::Generation::Record* Spellings::remember(const XXH128_hash_t& spelling, std::string_view key,
                                                         uint64_t key_hash) noexcept {
  try {
    return &newer_.insert(spelling, key, key_hash);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

const Spellings::Generation::Record& Spellings::Generation::insert(const XXH128_hash_t& spelling,
                                                                   std::string_view key, uint64_t key_hash) {
  if (records_ >= slots_.size() / 4 * 3) make_slots(std::max(kLeastSlots, slots_.size() * 2));
  const uint64_t words = (offsetof(Record, key) + key.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t);
  if (end_ + words > chunks_.size() * kChunkWords) {
    chunks_.push_back(std::make_unique<uint64_t[]>(kChunkWords));
    end_ = (chunks_.size() - 1) * kChunkWords;
  }
  Record& made = *record(end_);
  made.low = static_cast<uint32_t>(spelling.low64);
  made.check = spelling.high64;
  made.key_hash = key_hash;
  made.key_bytes = static_cast<uint16_t>(key.size());
  std::memcpy(made.key, key.data(), key.size());
  enter(spelling.low64, end_);
  end_ += words;
  ++records_;
  return made;
}

void Spellings::Generation::enter(uint64_t hash, uint64_t at) noexcept {
  const uint64_t mask = slots_.size() - 1;
  uint64_t slot = hash & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = (hash & ~kLow) | (at + 1);
}

void Spellings::Generation::make_slots(uint64_t slots) {
  const Zeros old = std::exchange(slots_, Zeros(slots));
  for (const uint64_t slot : old)
    if (slot != 0) {
      const uint64_t at = (slot & kLow) - 1;
      enter((slot & ~kLow) | record(at)->low, at);
    }
}

}  // namespace kilometric

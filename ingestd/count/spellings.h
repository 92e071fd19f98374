// How tagged keys are spelled: remembers the key that each spelling of a name and its tags stands for, so that
// a spelling that comes again costs one look-up.
//
// A spelling is known by hashes with the worker's secret, 64 bits of the name and as many of what stands behind
// its line: two of them are not to be expected to meet while there are workers. Spellings are forgotten by
// generations: when the newer one is full, the older one is dropped; what comes again goes over into the newer
// one. So a key that was told stays where it is for as long as a generation takes to fill: a group of lines is
// far shorter.
//
// Owned by the worker's SegmentWriter, which the ways in ask.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ingestd/count/key_hash.h"
#include "ingestd/parse/statsd.h"
#include "ingestd/parse/tagged_key.h"
#include "ingestd/system/zeros.h"

namespace kilometric {

class Spellings {
 public:
  /// A generation has room for as many usual keys as `keys`. Both live as long as this.
  Spellings(const KeyHash& hash, uint64_t keys);

  void set_rules(TagRules rules) { rules_ = std::move(rules); }
  const TagRules& rules() const noexcept { return rules_; }

  /// Whether `name` may hold tags, so that it is to be resolved, even where no tags stand behind its line.
  bool may_hold_tags(std::string_view name) const noexcept {
    return name.size() > kMaxKeyBytes || name.find(';') != std::string_view::npos ||
           (rules_.in_name != '\0' && name.find(rules_.in_name) != std::string_view::npos);
  }

  /// Makes the key of an accepted line what it is stored as, or changes its outcome. `section`: its tags. A key
  /// that is spelled as it is stored need not be resolved. Returns the key's hash, which is remembered with it.
  uint64_t resolve(Line& line, std::string_view section) noexcept;

  /// Of this worker's memory.
  uint64_t bytes() const noexcept { return newer_.bytes() + older_.bytes(); }

 private:
  class Generation {
   public:
    struct Record {
      uint64_t check;  ///< of the spelling, as `low`
      uint64_t key_hash;
      uint32_t low;  ///< half of the spelling's hash; the upper one is in its slot
      uint16_t key_bytes;
      char key[1];

      std::string_view text() const noexcept { return {key, key_bytes}; }
    };

    /// nullptr when it is not there.
    [[gnu::always_inline]] const Record* find(const XXH128_hash_t& spelling) const noexcept {
      if (slots_.empty()) return nullptr;
      const uint64_t hash = spelling.low64, mask = slots_.size() - 1;
      for (uint64_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
        if (slots_[at] >> 32 != hash >> 32) continue;
        const Record& found = *record((slots_[at] & 0xFFFFFFFF) - 1);
        if (found.low == static_cast<uint32_t>(hash) && found.check == spelling.high64) return &found;
      }
      return nullptr;
    }
    /// Requires that it is not there. Its record stays where it is.
    const Record& insert(const XXH128_hash_t& spelling, std::string_view key, uint64_t key_hash);
    uint64_t bytes() const noexcept {
      return chunks_.size() * kChunkWords * sizeof(uint64_t) + slots_.size() * sizeof(uint64_t);
    }

   private:
    static constexpr uint64_t kChunkWords = uint64_t{1} << 15;
    void make_slots(uint64_t slots);
    void enter(uint64_t hash, uint64_t at) noexcept;
    Record* record(uint64_t at) const noexcept {
      return reinterpret_cast<Record*>(chunks_[at / kChunkWords].get() + at % kChunkWords);
    }

    Zeros slots_;  ///< the hash's upper half, and where the record is, in words, plus one
    std::vector<std::unique_ptr<uint64_t[]>> chunks_;
    uint64_t end_ = 0;  ///< of the records, in words
    uint64_t records_ = 0;
  };

  uint64_t resolve_anew(Line& line, std::string_view section, const XXH128_hash_t& spelling) noexcept;
  const Generation::Record* remember(const XXH128_hash_t& spelling, std::string_view key,
                                     uint64_t key_hash) noexcept;

  const KeyHash& hash_;
  uint64_t most_bytes_;  ///< of a generation
  TagRules rules_;
  TaggedKey made_;
  Generation newer_, older_;
};

}  // namespace kilometric

// The keys that the index in Redis was told lately, so that it is not told each with every batch: eight bytes
// of hash a key, of two generations of kShares batches. With each batch another share of the keys is due again,
// and a key that was not told in the last batches is forgotten. So whatever the index loses of what is counted,
// it is told again within kShares batches, or, of a key that few batches have, twice as many.
//
// Owned by the flusher, in its memory only: a new process tells everything once. Two keys of one hash (one pair
// in a billion, at ten million keys less than one in a million) are told as one until they are due.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metric/kind.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/zeros.h"

namespace kilometric {

/// A set of hashes, of which 62 bits count. Each is of the generation in which it was inserted last, this one
/// or the one before. Open addressing, at most half full.
class HashSet {
 public:
  bool contains(uint64_t hash) const { return !slots_.empty() && slots_[slot_of(hash)] != 0; }
  /// What to ask the memory for ahead of the other calls.
  const void* place(uint64_t hash) const { return slots_.empty() ? nullptr : slots_.begin() + home_of(hash); }
  void insert(uint64_t hash);
  void erase(uint64_t hash);
  void clear();
  size_t size() const { return size_; }
  /// Forgets the hashes of the generation before.
  void begin_generation();

 private:
  /// A slot that is not empty has kTaken, and kOdd when its generation is odd, for the hash's last two bits.
  static constexpr uint64_t kOdd = 1, kTaken = 2, kMarks = 3;

  size_t home_of(uint64_t hash) const { return hash / (kMarks + 1) & (slots_.size() - 1); }
  size_t slot_of(uint64_t hash) const;
  void move_to(size_t slots);

  Zeros slots_;
  size_t size_ = 0;
  uint64_t odd_ = 0;  ///< kOdd in an odd generation
};

class ToldKeys {
 public:
  static constexpr uint64_t kShares = 16;
  static constexpr size_t kMostNew = 10'000;

  /// A batch begins: the next share is due.
  void begin_batch();

  uint64_t hash_of(Kind kind, std::string_view key) const;
  /// Asks the memory for what contains() will look at.
  void prefetch(uint64_t hash) const { __builtin_prefetch(hashes_.place(hash)); }
  bool contains(uint64_t hash) const { return hashes_.contains(hash); }
  /// Whether the key is to be told with this batch, though it was told lately.
  bool is_due(uint64_t hash) const { return (hash >> 32) % kShares == batches_ % kShares; }
  void insert(uint64_t hash) { hashes_.insert(hash); }

  bool contains(Kind kind, std::string_view key) const { return contains(hash_of(kind, key)); }
  void insert(Kind kind, std::string_view key) { insert(hash_of(kind, key)); }
  /// It is in the index no longer.
  void erase(Kind kind, std::string_view key) { hashes_.erase(hash_of(kind, key)); }
  /// The index may have lost anything.
  void clear() {
    hashes_.clear();
    added_ = {};
  }
  /// The index has lost what it was told.
  void lose() {
    clear();
    ++losses_;
  }
  /// How often it has.
  uint64_t losses() const { return losses_; }

  struct Key {
    Kind kind;
    std::string name;
  };
  /// It may be new to the index, with a history that others wrote. Of many at once some are dropped.
  void note_new(Kind kind, std::string_view key) {
    if (new_.size() < kMostNew)
      new_.push_back({kind, std::string(key)});
    else
      added_ = {};
  }
  /// Those that were noted since the last call.
  std::vector<Key> take_new() { return std::exchange(new_, {}); }

  /// How many of the keys in the index of this row of kKinds need no pass of the tiers, as they were told by us
  /// and looked at. Less than before when some of them may need one all the same.
  uint64_t added(size_t row) const { return added_[row]; }
  void count_added(Kind kind, size_t keys) { added_[row_of(kind)] += keys; }

 private:
  const uint64_t seed_ = random_identity()[0];
  HashSet hashes_;
  uint64_t batches_ = 0;
  uint64_t losses_ = 0;
  std::vector<Key> new_;
  std::array<uint64_t, kKinds.size()> added_{};
};

}  // namespace kilometric

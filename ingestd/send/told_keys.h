// The keys that the index in Redis was told, so that it is told each only now and then: eight bytes of hash a
// key, in two generations of an hour. A key that was told is forgotten again after one to two hours, so every
// live key is told again within two hours, whatever became of the index.
//
// Owned by the flusher, in its memory only: a new process tells everything once. Two keys of one hash (one pair
// in a billion, at ten million keys less than one in a million) are told as one for as long.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/metric/kind.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/zeros.h"

namespace kilometric {

/// A set of 64-bit hashes: open addressing, at most half full. Zero stands for an empty slot, and so is no
/// member: it is looked up as never there.
class HashSet {
 public:
  bool contains(uint64_t hash) const;
  /// What to ask the memory for ahead of contains().
  const void* place(uint64_t hash) const {
    return slots_.empty() ? nullptr : slots_.begin() + (hash & (slots_.size() - 1));
  }
  void insert(uint64_t hash);
  void erase(uint64_t hash);
  void clear();
  size_t size() const { return size_; }

 private:
  void grow();
  size_t slot_of(uint64_t hash) const;

  Zeros slots_;
  size_t size_ = 0;
};

class ToldKeys {
 public:
  static constexpr int64_t kGenerationMs = 3'600'000;

  uint64_t hash_of(Kind kind, std::string_view key) const;
  /// What to ask the memory for ahead of contains(): of the newer generation, where most are found.
  const void* place(uint64_t hash) const { return newer_.place(hash); }
  bool contains(uint64_t hash) const { return newer_.contains(hash) || older_.contains(hash); }

  bool contains(Kind kind, std::string_view key) const { return contains(hash_of(kind, key)); }
  void insert(Kind kind, std::string_view key) { newer_.insert(hash_of(kind, key)); }
  /// It is in the index no longer.
  void erase(Kind kind, std::string_view key);
  /// The index may have lost anything.
  void clear();

  /// To be called with every flush.
  void grow_old(int64_t now_ms);

  size_t size() const { return newer_.size() + older_.size(); }

 private:
  uint64_t seed_ = random_identity()[0];
  HashSet newer_, older_;
  int64_t began_ms_ = 0;
};

}  // namespace kilometric

// Puts deltas together by kind and key: what several segments hold of one key becomes one entry, and so does
// what two batches hold when they are merged. Keys are views of mapped files, which must outlive this.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ingestd/spool/batch_format.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/zeros.h"

namespace kilometric {

class KeySums {
 public:
  /// What belongs to the same interval. `entry.ms`: the latest wins, here and below.
  void merge(const BatchEntry& entry) {
    if (BatchEntry* const known = add(entry)) known->delta.merge(entry.delta);
  }
  /// What belongs to a later interval than all that was given before.
  void then(const BatchEntry& entry) {
    if (BatchEntry* const known = add(entry)) known->delta.then(entry.delta);
  }

  const std::vector<BatchEntry>& entries() const { return entries_; }

 private:
  BatchEntry* add(const BatchEntry& entry);
  void grow();
  uint64_t hash_of(std::string_view key) const;

  uint64_t seed_ = random_identity()[0];
  std::vector<BatchEntry> entries_;
  /// Open addressing: the upper half of the hash, and the entry's position plus one; zero is empty. So a
  /// key is looked at only when it is almost certainly the same.
  Zeros slots_;
};

}  // namespace kilometric

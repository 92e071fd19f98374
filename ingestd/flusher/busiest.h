// The counter that counted most in a batch: what a newcomer is shown first. Readers are told its name.
//
// Owned by the harvester, which shows it each entry that it stores.
#pragma once

#include <cstdint>
#include <string>

#include "ingestd/spool/batch_format.h"

namespace kilometric {

class Busiest {
 public:
  void look_at(const BatchEntry& entry) {
    if (entry.delta.kind() != Kind::counter || entry.delta.counter().count.whole <= most_) return;
    most_ = entry.delta.counter().count.whole;
    key_ = entry.key;
  }

  /// Empty when no counter counted as much as one.
  const std::string& key() const { return key_; }

 private:
  int64_t most_ = 0;
  std::string key_;
};

}  // namespace kilometric

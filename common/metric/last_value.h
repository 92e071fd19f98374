// The value that a metric's last entry left behind, and what the next entry says with it: entries of a gauge
// are resolved by it. Entries of other kinds say all by themselves; they pass through it, and it stays empty.
//
// Owned by who reads entries in the order of their IDs: the tiers, and the reader's series. It has no errors.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "common/metric/kind.h"

namespace kilometric {

class LastValue {
 public:
  LastValue() = default;
  /// `before`: what an entry of a tier says, or one that was resolved; nullopt: nothing is known.
  explicit LastValue(std::optional<Delta> before) : before_(std::move(before)) {}

  /// `ms`: of the entry; what it says to have happened more than an hour later, by a clock that was wrong, has
  /// happened then. Of a tier's entry any that is late enough.
  void resolve(Delta& entry, uint64_t ms);

  /// nullopt: nothing is known.
  const std::optional<Delta>& delta() const { return before_; }

 private:
  std::optional<Delta> before_;
};

}  // namespace kilometric

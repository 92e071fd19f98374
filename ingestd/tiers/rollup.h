// Sums of closed hours or days, made from the entries of a finer stream.
//
// IDs in a stream only grow: once it has an entry in a later hour, every earlier hour is closed for
// good, whatever the clocks say. Pure; times are in ms since the epoch, up to 2^64-1: an ID can be
// anything.
//
// Raw entries 05:10 +2, 05:50 +3, 07:20 +1, 08:15 +1; a tier that ends with 04:00:
//   closed_range: 05:00 up to 08:15;  sums: 05:00 -> 5, 07:00 -> 1
//
// Entries of a gauge are resolved on the way, so that a tier says what the value was. The first ones of a range
// build on the tier's entry before it.
//
// A sum is ready only when an entry of a later hour was read behind it. A stream that is filled from its
// beginning on, as a tier is that somebody has just deleted, then never gives half a sum: what is read of
// it is the beginning of the whole.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "common/clock.h"
#include "common/metric/last_value.h"
#include "common/redis/page.h"

namespace kilometric {

/// The start of the hour (day) behind the one that holds `ms`; nullopt when time ends before. `step`:
/// layout::kHourMs or kDayMs.
constexpr std::optional<uint64_t> next_start(uint64_t step, uint64_t ms) {
  const uint64_t start = floor_to(Step{step}, ms);
  if (start > kMostMs - step) return std::nullopt;
  return start + step;
}

/// What is to be read of the finer stream: what is closed and not yet in the tier, and up to its last
/// entry, which closes it. `tier_top`: of the tier's last entry; `last`: of the finer stream's. nullopt:
/// nothing is closed.
std::optional<IdRange> closed_range(uint64_t step, std::optional<uint64_t> tier_top, uint64_t last);

struct ClosedSum {
  uint64_t start;
  Delta sum;
};

/// The ID that an entry of a tier has: its start; no stream takes 0-0.
constexpr StreamId tier_id(uint64_t start) { return {start, start == 0 ? 1u : 0u}; }

class Rollup {
 public:
  /// Entries before `from`, the start of an hour (day), are left out.
  explicit Rollup(uint64_t step, uint64_t from = 0) : step_(step), from_(from) {}

  /// Requires that nothing was added yet.
  void build_on(Delta before) { last_ = LastValue(std::move(before)); }

  void add(Page page);             ///< pages in their order
  void close_before(uint64_t ms);  ///< an entry of this time was read, be it of this kind or somebody else's
  std::deque<ClosedSum>& ready() { return ready_; }  ///< ascending; its reader takes them out

 private:
  uint64_t latest_in(uint64_t ms) const;

  const uint64_t step_, from_;
  LastValue last_;
  std::optional<ClosedSum> open_;  ///< the next entry may add to it
  std::deque<ClosedSum> ready_;
};

}  // namespace kilometric

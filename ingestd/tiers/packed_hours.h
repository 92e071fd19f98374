// Closed hours of one metric, packed, made from its raw entries: beside the sums of a Rollup, and ready by the
// same rule, when an entry of a later hour was read behind them.
//
// Points are as common/metric/points.h says. An hour with more than it may have is packed by the second: what
// the entries of each second add up to, those of a gauge resolved. What such a gauge builds on is what it was
// at the beginning of its first hour, see build_on().
//
// Owned by a TierWriter. Pure; it has no errors.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/metric/last_value.h"
#include "common/metric/points.h"
#include "common/redis/page.h"

namespace kilometric {

struct ClosedPoints {
  uint64_t start;
  std::string bytes;
  bool by_second;
};

class PackedHours {
 public:
  /// Entries before `from`, the start of an hour, are left out.
  PackedHours(Kind kind, uint64_t from) : kind_(kind), from_(from) {}

  /// Requires that nothing was added yet.
  void build_on(Delta before) { last_ = LastValue(std::move(before)); }

  void add(const Page& page);      ///< pages in their order
  void close_before(uint64_t ms);  ///< an entry of this time was read, be it of this kind or somebody else's
  std::deque<ClosedPoints>& ready() { return ready_; }  ///< ascending; its reader takes them out

 private:
  void add(const Entry& entry);
  void put(uint64_t ms, const Delta& delta);
  void merge_by_second();

  const Kind kind_;
  const uint64_t from_;
  LastValue last_;          ///< behind all that was added
  LastValue before_;        ///< at the start of the open hour
  uint64_t start_ = 0;      ///< of the open hour
  bool by_second_ = false;  ///< the open hour has more points than it may have
  std::vector<Point> points_;
  std::deque<ClosedPoints> ready_;
};

}  // namespace kilometric

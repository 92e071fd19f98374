// Buckets: what the entries of a range add up to, a bucket for each period that holds an entry, in the
// order in which they come.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "common/metric/kind.h"
#include "common/redis/page.h"
#include "readerd/series/period.h"

namespace kilometric {

struct Bucket {
  uint64_t from = 0;  ///< ms since the epoch; the start of the period, or of a whole the first entry's time
  uint64_t to = 0;    ///< ms since the epoch; the last entry's time
  Delta delta;        ///< what all its entries say
};

class Buckets {
 public:
  /// `order`: in which entries come.
  Buckets(const Period& period, Order order) : period_(period), order_(order) {}

  /// Returns the bucket that this entry ended.
  std::optional<Bucket> add(Entry entry);

  /// The last bucket; nullopt when no entry came.
  std::optional<Bucket> finish() { return std::exchange(bucket_, std::nullopt); }

 private:
  bool belongs(uint64_t ms) const;
  void put(Entry&& entry);

  const Period period_;
  const Order order_;
  std::optional<Bucket> bucket_;
  uint64_t end_ = 0;  ///< of the bucket's period
};

}  // namespace kilometric

// Buckets: what the entries of a range add up to, a bucket for each period that holds an entry, in the
// order in which they come.
#pragma once

#include <algorithm>
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

  /// What an entry says, or a point. Returns the bucket that it ended.
  std::optional<Bucket> add(uint64_t ms, Delta&& delta) {
    if (!belongs(ms)) return begin(ms, std::move(delta));
    put(ms, std::move(delta));
    return std::nullopt;
  }

  /// The last bucket; nullopt when no entry came.
  std::optional<Bucket> finish() { return std::exchange(bucket_, std::nullopt); }

 private:
  bool belongs(uint64_t ms) const {
    return bucket_ && (period_.is_whole() || (ms >= bucket_->from && (ms < end_ || end_ == kMostMs)));
  }
  void put(uint64_t ms, Delta&& delta) {
    if (period_.is_whole()) bucket_->from = std::min(bucket_->from, ms);
    bucket_->to = std::max(bucket_->to, ms);
    if (order_ == Order::ascending) return bucket_->delta.then(delta);
    delta.then(bucket_->delta);
    bucket_->delta = std::move(delta);
  }
  std::optional<Bucket> begin(uint64_t ms, Delta&& delta);

  Period period_;
  Order order_;
  std::optional<Bucket> bucket_;
  uint64_t end_ = 0;  ///< of the bucket's period
};

}  // namespace kilometric

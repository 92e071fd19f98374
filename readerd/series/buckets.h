// Buckets: what the entries of a range add up to, a bucket for each period that holds an entry, in the
// order in which they come.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

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

  /// What an entry says, or a point. The bucket that it ended goes behind those of `ended`.
  void add(uint64_t ms, Delta&& delta, std::vector<Bucket>& ended) {
    if (belongs(ms)) return put(ms, std::move(delta));
    if (bucket_) ended.push_back(*std::move(bucket_));
    begin(ms, std::move(delta));
  }

  /// Where the period of `ms` ends. Requires periods.
  uint64_t end_of(uint64_t ms) {
    find_period(ms);
    return end_;
  }

  /// The last bucket; nullopt when no entry came.
  std::optional<Bucket> finish() { return std::exchange(bucket_, std::nullopt); }

 private:
  bool belongs(uint64_t ms) {
    if (!bucket_ || period_.is_whole()) return bucket_.has_value();
    find_period(ms);
    return bucket_->from == from_;
  }
  void find_period(uint64_t ms) {
    if (ms >= from_ && (ms < end_ || end_ == kMostMs)) return;
    from_ = period_.start_of(ms);
    end_ = period_.next(from_);
  }
  void put(uint64_t ms, Delta&& delta) {
    if (period_.is_whole()) bucket_->from = std::min(bucket_->from, ms);
    bucket_->to = std::max(bucket_->to, ms);
    if (order_ == Order::ascending) return bucket_->delta.then(delta);
    delta.then(bucket_->delta);
    bucket_->delta = std::move(delta);
  }
  void begin(uint64_t ms, Delta&& delta);

  Period period_;
  Order order_;
  std::optional<Bucket> bucket_;
  uint64_t from_ = 0, end_ = 0;  ///< of the period that was found last
};

}  // namespace kilometric

// Buckets: what the entries of a range add up to, a bucket for each period that holds an entry, in the
// order in which they come.
#pragma once

#include <cstdint>
#include <optional>

#include "common/metric/amount.h"
#include "common/redis/page.h"
#include "readerd/series/period.h"

namespace kilometric {

struct Bucket {
  uint64_t from = 0;  ///< ms since the epoch; the start of the period, or of a whole the first entry's time
  uint64_t to = 0;    ///< ms since the epoch; the last entry's time
  Amount value;
};

class Buckets {
 public:
  explicit Buckets(const Period& period) : period_(period) {}

  /// Entries come in the order of their IDs, or in its reverse. Returns the bucket that this one ended.
  std::optional<Bucket> add(const Entry& entry);

  /// The last bucket; nullopt when no entry came.
  std::optional<Bucket> finish() const { return bucket_; }

 private:
  bool belongs(uint64_t ms) const;

  const Period period_;
  std::optional<Bucket> bucket_;
  uint64_t end_ = 0;  ///< of the bucket's period
};

}  // namespace kilometric

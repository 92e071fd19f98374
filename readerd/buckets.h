// Buckets: what the entries of a range add up to, in the order of time.
//
// A counter is one bucket from the first entry to the last; points are a bucket for each period that
// holds an entry. Memory is bounded twice: by answer, and by what all requests hold together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/number.h"
#include "common/page.h"

namespace kilometric {

struct Bucket {
  uint64_t from;  ///< ms since the epoch; the first entry's time, or the start of the period
  uint64_t to;    ///< ms since the epoch; the last entry's time
  Amount value;
};

/// How many buckets may still be made, shared by all requests. 4 million take 128 MiB.
struct BucketBudget {
  size_t left = 4'000'000;
};

class Buckets {
 public:
  /// About 40 MB of JSON.
  static constexpr size_t kMost = 1'000'000;

  enum class Added {
    yes,
    too_many,  ///< this answer has kMost already
    no_room,   ///< all requests together have used up the budget
  };

  /// `period_ms`: above zero; nullopt gathers everything in one bucket.
  Buckets(std::optional<uint64_t> period_ms, BucketBudget& budget);
  ~Buckets();
  Buckets(const Buckets&) = delete;
  Buckets& operator=(const Buckets&) = delete;

  /// Entries come in the order of their IDs.
  Added add(const Entry& entry);

  std::span<const Bucket> all() const { return buckets_; }

 private:
  uint64_t start_of(uint64_t ms) const;

  const std::optional<uint64_t> period_ms_;
  BucketBudget& budget_;
  std::vector<Bucket> buckets_;
};

}  // namespace kilometric

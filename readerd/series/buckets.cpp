#include "readerd/series/buckets.h"

#include <utility>

namespace kilometric {

std::optional<Bucket> Buckets::begin(uint64_t ms, Delta&& delta) {
  const uint64_t start = period_.is_whole() ? ms : period_.start_of(ms);
  if (!period_.is_whole()) end_ = period_.next(start);
  return std::exchange(bucket_, Bucket{start, ms, std::move(delta)});
}

}  // namespace kilometric

#include "readerd/series/buckets.h"

#include <algorithm>
#include <utility>

namespace kilometric {

bool Buckets::belongs(uint64_t ms) const {
  return bucket_ && (period_.is_whole() || (ms >= bucket_->from && (ms < end_ || end_ == kMostMs)));
}

void Buckets::put(Entry&& entry) {
  const uint64_t ms = entry.id.ms;
  if (period_.is_whole()) bucket_->from = std::min(bucket_->from, ms);
  bucket_->to = std::max(bucket_->to, ms);
  if (order_ == Order::ascending) return bucket_->delta.then(entry.delta);
  entry.delta.then(bucket_->delta);
  bucket_->delta = std::move(entry.delta);
}

std::optional<Bucket> Buckets::add(Entry entry) {
  const uint64_t ms = entry.id.ms;
  if (belongs(ms)) {
    put(std::move(entry));
    return std::nullopt;
  }
  const uint64_t start = period_.is_whole() ? ms : period_.start_of(ms);
  if (!period_.is_whole()) end_ = period_.next(start);
  return std::exchange(bucket_, Bucket{start, ms, std::move(entry.delta)});
}

}  // namespace kilometric

#include "readerd/functions/sum.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace kilometric {

bool Sum::add(const Bucket& bucket) {
  const auto [place, fresh] = buckets_.try_emplace(selection_.period.is_whole() ? 0 : bucket.from, bucket);
  if (!fresh) {
    Bucket& held = place->second;
    held.from = std::min(held.from, bucket.from);
    held.to = std::max(held.to, bucket.to);
    held.delta.merge(bucket.delta);
    return true;
  }
  if (budget_.left == 0) {
    buckets_.erase(place);
    return refuse(503, "too much is being summed at once: use a longer period or a shorter range");
  }
  --budget_.left;
  if (buckets_.size() <= kMostBuckets) return true;
  return refuse(400,
                fmt::format("sum: more than {} points: use a longer period or a shorter range", kMostBuckets));
}

bool Sum::finish() {
  if (!given_back_ && !begin_next()) return false;
  while (!buckets_.empty() && !next_.full()) {
    const auto first = selection_.ascending() ? buckets_.begin() : std::prev(buckets_.end());
    if (!next_.add(first->second)) return false;
    buckets_.erase(first);
  }
  return next_.end() && next_.finish();
}

/// Series that are few buckets each may lie far apart, so only now it is known how many periods there are.
bool Sum::begin_next() {
  if (!buckets_.empty() && !next_.can_fill(buckets_.begin()->first, buckets_.rbegin()->first))
    return refuse(400, fmt::format("fill: more than {} periods", ShapeOptions::kMostFilled));
  give_back();
  next_.begin(name_);
  return true;
}

void Sum::give_back() {
  if (!std::exchange(given_back_, true)) budget_.left += buckets_.size();
}

bool Sum::refuse(int status, std::string message) {
  refusal_ = Refusal{status, std::move(message)};
  return false;
}

}  // namespace kilometric

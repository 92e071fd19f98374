#include "readerd/functions/sum.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace kilometric {
namespace {

/// What a bucket holds beside itself, in buckets.
size_t beside(const Bucket& bucket) { return bucket.delta.heap_bytes() / SumBudget::kBucketBytes; }

}  // namespace

bool Sum::add(const Bucket& bucket) {
  const auto [place, fresh] = buckets_.try_emplace(selection_.period.is_whole() ? 0 : bucket.from, bucket);
  Bucket& held = place->second;
  if (fresh) return take(1 + beside(held)) && not_too_many();
  const size_t before = beside(held);
  held.from = std::min(held.from, bucket.from);
  held.to = std::max(held.to, bucket.to);
  held.delta.unite(bucket.delta);
  return take(beside(held) - std::min(before, beside(held)));
}

bool Sum::not_too_many() {
  if (buckets_.size() <= kMostBuckets) return true;
  return refuse(400,
                fmt::format("sum: more than {} points: use a longer period or a shorter range", kMostBuckets));
}

bool Sum::finish() {
  if (!begun_ && !begin_next()) return false;
  while (!buckets_.empty() && !next_.full()) {
    const auto first = selection_.ascending() ? buckets_.begin() : std::prev(buckets_.end());
    if (!next_.add(first->second)) return false;
    give_back(beside(first->second));
    buckets_.erase(first);
  }
  if (!next_.end() || !next_.finish()) return false;
  forget();
  return true;
}

/// Series that are few buckets each may lie far apart, so only now it is known how many periods there are.
bool Sum::begin_next() {
  if (!buckets_.empty() && !next_.can_fill(buckets_.begin()->first, buckets_.rbegin()->first))
    return refuse(400, fmt::format("fill: more than {} periods", ShapeOptions::kMostFilled));
  begun_ = true;
  give_back(buckets_.size());
  next_.begin(name_);
  return true;
}

/// What the shape did not take is beyond its limit.
void Sum::forget() {
  buckets_.clear();
  give_back(taken_);
  begun_ = false;
}

bool Sum::take(size_t count) {
  if (count > budget_.left)
    return refuse(503, "too much is being summed at once: use a longer period or a shorter range");
  budget_.left -= count;
  taken_ += count;
  return true;
}

void Sum::give_back(size_t count) {
  count = std::min(count, taken_);
  budget_.left += count;
  taken_ -= count;
}

bool Sum::refuse(int status, std::string message) {
  refusal_ = Refusal{status, std::move(message)};
  return false;
}

}  // namespace kilometric

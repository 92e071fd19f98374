#include "readerd/functions/repeat.h"

#include <algorithm>

namespace kilometric {

void Repeat::begin(std::string_view name) {
  last_.reset();
  due_.reset();
  if (!selection_.ascending() && selection_.to_given) due_ = last_period();
  next_.begin(name);
}

bool Repeat::add(const Bucket& bucket) {
  return selection_.ascending() ? add_ascending(bucket) : add_descending(bucket);
}

bool Repeat::end() {
  if (selection_.ascending() && selection_.to_given && !repeat_up_to(selection_.period.next(last_period())))
    return false;
  return next_.end();
}

bool Repeat::add_ascending(const Bucket& bucket) {
  if (is_before(bucket)) {
    due_ = first_period();
  } else {
    if (!repeat_up_to(bucket.from) || !next_.add(bucket)) return false;
    due_ = selection_.period.next(bucket.from);
  }
  last_ = bucket;
  return true;
}

bool Repeat::add_descending(const Bucket& bucket) {
  if (is_before(bucket)) return repeat_down_to(first_period(), bucket);
  if (!repeat_down_to(selection_.period.next(bucket.from), bucket) || !next_.add(bucket)) return false;
  due_.reset();
  if (bucket.from > 0) due_ = selection_.period.start_of(bucket.from - 1);
  return true;
}

/// Periods that begin at or behind it hold the bucket's value no more.
uint64_t Repeat::end_of(const Bucket& bucket) const {
  const uint64_t end = selection_.period.next(bucket.from);
  return most_ms_ == 0 || end > kMostMs - most_ms_ ? kMostMs : end + most_ms_;
}

bool Repeat::repeat_up_to(uint64_t start) {
  if (!last_) return true;
  const uint64_t end = std::min(start, end_of(*last_));
  while (*due_ < end && !full()) {
    if (!give(*last_, *due_)) return false;
    due_ = selection_.period.next(*due_);
  }
  return true;
}

bool Repeat::repeat_down_to(uint64_t start, const Bucket& bucket) {
  if (!due_) return true;
  due_ = std::min(*due_, selection_.period.start_of(end_of(bucket) - 1));
  while (due_ && *due_ >= start && !full()) {
    if (!give(bucket, *due_)) return false;
    due_ = *due_ == 0 ? std::nullopt : std::optional(selection_.period.start_of(*due_ - 1));
  }
  return true;
}

bool Repeat::give(const Bucket& bucket, uint64_t start) {
  Delta nothing = Gauge();
  nothing.resolve(bucket.delta, kMostMs);
  return next_.add({start, start, nothing});
}

}  // namespace kilometric

#include "readerd/series/buckets.h"

#include <utility>

namespace kilometric {

void Buckets::begin(uint64_t ms, Delta&& delta) {
  if (!period_.is_whole()) find_period(ms);
  if (!bucket_) bucket_.emplace();
  bucket_->from = period_.is_whole() ? ms : from_;
  bucket_->to = ms;
  bucket_->delta = std::move(delta);
}

}  // namespace kilometric

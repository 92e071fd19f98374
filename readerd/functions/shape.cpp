#include "readerd/functions/shape.h"

#include <algorithm>

#include "common/metric/bin_bounds.h"
#include "readerd/functions/rate.h"

namespace kilometric {

namespace {

/// Of a bin's parts.
Amount samples_of(uint64_t parts) {
  return {static_cast<int64_t>(parts / Bins::kWhole),
          static_cast<int64_t>(parts % Bins::kWhole * kMillion / Bins::kWhole)};
}

}  // namespace

/// Filling begins with the first period of the range; if that end was not given, with the first bucket.
void Shape::begin(std::string_view name) {
  written_ = 0;
  due_.reset();
  output_.begin_metric(name);
  if (!fills_) return;
  if (selection_.ascending() && selection_.from_given) due_ = first_period();
  if (!selection_.ascending() && selection_.to_given) due_ = last_period();
}

bool Shape::add(const Bucket& bucket) {
  if (options_.bins != 0) return add_bins(bucket);
  if (fills_ && !fill_up_to(bucket.from)) return false;
  for (size_t i = 0; i < numbers_.size(); ++i) numbers_[i] = number(options_.stats[i], bucket);
  write(bucket.from, bucket.to);
  if (fills_) advance(bucket.from);
  return true;
}

/// Bins that are one at this coarseness are neighbours.
bool Shape::add_bins(const Bucket& bucket) {
  if (output_.is_long()) return false;
  const Bins& bins = bucket.delta.timer().bins;
  for (auto at = bins.begin(); at != bins.end();) {
    if (++bins_written_ > ShapeOptions::kMostBins) {
      refusal_ =
          Refusal{400, "stat: more than 1000000 bins; use a longer period, a shorter range or coarser bins"};
      return false;
    }
    const BinBounds bounds = bounds_of_bin(at->number, options_.bins);
    Amount samples;
    for (; at != bins.end() && bounds_of_bin(at->number, options_.bins) == bounds; ++at)
      samples += samples_of(at->parts);
    numbers_ = {bounds.low, bounds.high, samples.normalized()};
    output_.add({bucket.from, bucket.to, numbers_});
  }
  ++written_;
  return true;
}

std::optional<Number> Shape::number(const Stat& stat, const Bucket& bucket) const {
  if (stat.of != Stat::Of::rate) return bucket.delta.stat(stat);
  return per_second(bucket.delta.events(), selection_.period.next(bucket.from) - bucket.from);
}

bool Shape::end() {
  if (fills_ && selection_.ascending() && selection_.to_given &&
      !fill_up_to(selection_.period.next(last_period())))
    return false;
  if (fills_ && !selection_.ascending() && selection_.from_given) {
    if (!fill_up_to(first_period())) return false;
    if (due_ == first_period()) write_empty(first_period());
  }
  output_.end_metric();
  return true;
}

bool Shape::can_fill(uint64_t first_ms, uint64_t last_ms) const {
  return !fills_ || options_.limits_filling() ||
         selection_.period.buckets_between(first_ms, last_ms) <= ShapeOptions::kMostFilled;
}

/// Writes the empty periods before the one that begins at `start`. Returns false when the output got long
/// before that.
bool Shape::fill_up_to(uint64_t start) {
  while (due_ && !full() && (selection_.ascending() ? *due_ < start : *due_ > start)) {
    if (output_.is_long()) return false;
    const uint64_t from = *due_;
    write_empty(from);
    advance(from);
  }
  return true;
}

void Shape::write_empty(uint64_t start) {
  std::ranges::fill(numbers_, options_.fill == Fill::zero ? std::optional<Number>(Amount{}) : std::nullopt);
  write(start, start);
}

void Shape::advance(uint64_t start) {
  due_.reset();
  if (selection_.ascending()) {
    if (const uint64_t next = selection_.period.next(start); next != kMostMs) due_ = next;
  } else if (start > 0) {
    due_ = selection_.period.start_of(start - 1);
  }
}

void Shape::write(uint64_t from, uint64_t to) {
  if (full()) return;
  output_.add({from, to, numbers_});
  ++written_;
}

}  // namespace kilometric

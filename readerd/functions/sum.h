// The sum of series: takes the buckets of all of them, bucket by bucket of time, and after the last series
// gives its own to a shape, as those of one series. Then it may be used for another sum.
//
// It holds a bucket for each period until then. That has a limit, and so have all sums of all requests
// together; what goes beyond either is refused. A bucket of a timer or a set may be large: to the budget it is
// as many of a counter as its memory would hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "readerd/functions/shape.h"
#include "readerd/functions/sink.h"
#include "readerd/series/selection.h"

namespace kilometric {

/// How many more buckets of a counter may be held by all sums together: some 100 MB.
struct SumBudget {
  static constexpr size_t kBucketBytes = 100;
  size_t left = 1'000'000;
};

class Sum : public Sink {
 public:
  static constexpr size_t kMostBuckets = 100'000;

  /// Requires that all of them outlive it.
  Sum(SumBudget& budget, const Selection& selection, Shape& next)
      : budget_(budget), selection_(selection), next_(next) {}
  ~Sum() override { give_back(taken_); }
  Sum(const Sum&) = delete;
  Sum& operator=(const Sum&) = delete;

  /// How the sum of the next series is called, up to finish(). Called before the first series, and after each
  /// finish() that another sum follows.
  void begin_sum(std::string name) { name_ = std::move(name); }

  void begin(std::string_view) override {}
  bool add(const Bucket& bucket) override;
  bool end() override { return true; }
  bool finish() override;
  bool full() const override { return false; }

 private:
  bool refuse(int status, std::string message);
  bool begin_next();
  bool not_too_many();
  bool take(size_t count);
  void give_back(size_t count);
  void forget();

  SumBudget& budget_;
  const Selection& selection_;
  std::string name_;
  Shape& next_;
  std::map<uint64_t, Bucket> buckets_;  ///< by the start of the period; the bucket of a whole by 0
  size_t taken_ = 0;                    ///< from the budget
  bool begun_ =
      false;  ///< the shape has; what is beside the buckets counts against the budget until it is written
};

}  // namespace kilometric

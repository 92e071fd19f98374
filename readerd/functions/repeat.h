// Repeats the last value of a gauge in periods that hold nothing, on the way from the series to its sum or
// shape.
//
// A value is repeated in the periods that begin less than so long after the end of its own. What stands before
// the range counts too: the series gives it as a bucket that lies before the range (Selection::with_before),
// which goes no further. Periods are filled up to the ends of the range that were given, as by a shape; which
// of them stay empty, the shape decides.
//
// Owned by whoever answers a request. It refuses what the next one refuses.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "readerd/functions/sink.h"
#include "readerd/series/buckets.h"
#include "readerd/series/selection.h"

namespace kilometric {

class Repeat : public Sink {
 public:
  /// `most_ms`: so long a value is repeated; 0: for ever. Requires periods, and that the others outlive it.
  Repeat(const Selection& selection, uint64_t most_ms, Sink& next)
      : selection_(selection), most_ms_(most_ms), next_(next) {}

  void begin(std::string_view name) override;
  bool add(const Bucket& bucket) override;
  bool end() override;
  bool finish() override { return next_.finish(); }
  bool full() const override { return next_.full(); }
  const std::optional<Refusal>& refusal() const override { return next_.refusal(); }

 private:
  bool is_before(const Bucket& bucket) const { return bucket.to < selection_.range.from.ms; }
  uint64_t first_period() const { return selection_.period.start_of(selection_.range.from.ms); }
  uint64_t last_period() const { return selection_.period.start_of(selection_.range.to.ms); }
  uint64_t end_of(const Bucket& bucket) const;
  bool add_ascending(const Bucket& bucket);
  bool add_descending(const Bucket& bucket);
  bool repeat_up_to(uint64_t start);
  bool repeat_down_to(uint64_t start, const Bucket& bucket);
  bool give(const Bucket& bucket, uint64_t start);

  const Selection& selection_;
  const uint64_t most_ms_;
  Sink& next_;
  std::optional<Bucket> last_;   ///< ascending: the one that is repeated
  std::optional<uint64_t> due_;  ///< start of the next period that is to be given
};

}  // namespace kilometric

// The values of a series, on their way from buckets to the output: a number for each statistic that is asked
// for, or a value for each bin with its bounds and how many samples it holds; empty periods are filled in if
// that is wished, and what is beyond the limit is left out.
//
// Owned by whoever answers a request. It writes to the output, and refuses nothing but too many bins.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/metric/number.h"
#include "common/metric/stat.h"
#include "readerd/functions/sink.h"
#include "readerd/output/output.h"
#include "readerd/series/buckets.h"
#include "readerd/series/selection.h"

namespace kilometric {

/// prev: the last value, as long as it is repeated (repeat.h), then as null.
enum class Fill : uint8_t { none, null, zero, prev };

struct ShapeOptions {
  static constexpr uint64_t kMostFilled =
      100'000;  ///< the most periods of a series whose empty ones are filled in

  static constexpr uint64_t kMostBins = 1'000'000;  ///< that are written, of all series

  std::vector<Stat> stats{Stat{}};  ///< a number each; a rate requires periods
  int bins = 0;  ///< not 0: of timers' buckets each bin is written instead, of so many an octave
  Fill fill = Fill::none;
  uint64_t limit = 0;  ///< values of a series; 0: all

  /// Whether empty periods are to be written. A whole has none.
  bool fills(const Selection& selection) const { return fill != Fill::none && !selection.period.is_whole(); }
  /// Whether the limit alone keeps what is filled in from being too much.
  bool limits_filling() const { return limit != 0 && limit <= kMostFilled; }
};

class Shape : public Sink {
 public:
  /// Requires that all three outlive it.
  Shape(const Selection& selection, const ShapeOptions& options, Output& output)
      : selection_(selection),
        options_(options),
        fills_(options.fills(selection)),
        output_(output),
        numbers_(options.bins != 0 ? 3 : options.stats.size()) {}

  void begin(std::string_view name) override;
  bool add(const Bucket& bucket) override;
  bool end() override;
  bool finish() override { return true; }
  bool full() const override { return options_.limit != 0 && written_ == options_.limit; }

  /// False when a series from the period of `first_ms` to that of `last_ms` would have too many periods to be
  /// filled in.
  bool can_fill(uint64_t first_ms, uint64_t last_ms) const;

 private:
  // The starts of the periods that hold the ends of the range.
  uint64_t first_period() const { return selection_.period.start_of(selection_.range.from.ms); }
  uint64_t last_period() const { return selection_.period.start_of(selection_.range.to.ms); }
  bool fill_up_to(uint64_t start);
  bool add_bins(const Bucket& bucket);
  std::optional<Number> number(const Stat& stat, const Bucket& bucket) const;
  void write(uint64_t from, uint64_t to);
  void write_empty(uint64_t start);
  void advance(uint64_t start);

  const Selection& selection_;
  const ShapeOptions& options_;
  const bool fills_;
  Output& output_;
  std::vector<std::optional<Number>> numbers_;  ///< of the value at hand
  uint64_t written_ = 0;                        ///< values of this series
  uint64_t bins_written_ = 0;
  std::optional<uint64_t> due_;  ///< start of the next period to be written, when empty ones are filled in
};

}  // namespace kilometric

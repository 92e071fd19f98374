// The values of a series, on their way from buckets to the output: rates are computed, empty periods are
// filled in if they are asked for, and what is beyond the limit is left out.
//
// Owned by whoever answers a request. It writes to the output and refuses nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "readerd/functions/sink.h"
#include "readerd/output/output.h"
#include "readerd/series/buckets.h"
#include "readerd/series/selection.h"

namespace kilometric {

enum class Fill : uint8_t { none, null, zero };

struct ShapeOptions {
  static constexpr uint64_t kMostFilled =
      100'000;  ///< the most periods of a series whose empty ones are filled in

  bool rate = false;  ///< values are per second; requires periods
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
      : selection_(selection), options_(options), fills_(options.fills(selection)), output_(output) {}

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
  void write(const Value& value);
  void write_empty(uint64_t start);
  void advance(uint64_t start);

  const Selection& selection_;
  const ShapeOptions& options_;
  const bool fills_;
  Output& output_;
  uint64_t written_ = 0;         ///< of this series
  std::optional<uint64_t> due_;  ///< start of the next period to be written, when empty ones are filled in
};

}  // namespace kilometric

// The points of one metric as Graphite's functions take them: a number for each step of a range, out of the
// buckets that a series gives.
//
//   step 10, (from, until] = (1764090000, 1764090030]      points at 1764090010, ...20, ...30
//
// A point at T is of the entries from T up to the next point. What was counted is 0 in a step without an entry,
// from the metric's first entry up to the installation's last flush; other statistics have no value there.
//
// Owned by who gathers the series. It refuses nothing.
#pragma once

#include <cstdint>

#include "readerd/functions/sink.h"
#include "readerd/graphite/gather/names.h"
#include "readerd/graphite/time_series.h"
#include "readerd/series/extents.h"
#include "readerd/series/selection.h"

namespace kilometric::graphite {

/// The points of (from, until], in seconds, at multiples of the step. Nothing of that range is left out: its
/// first point may lie before `from`, and is then of the rest behind it.
struct Grid {
  int64_t start;  ///< of the first
  int64_t step;
  size_t count;
  bool whole = false;  ///< all is one point
  IdRange range;       ///< of the entries: whole intervals of the installation

  /// Requires that the step is a multiple of the interval, and from <= until.
  Grid(int64_t from, int64_t until, int64_t step, int64_t interval);

  Selection selection(Kind kind) const;
};

class Points : public Sink {
 public:
  /// Requires that `meaning` outlives it. `last_flush`: seconds since the epoch.
  Points(const Meaning& meaning, const Grid& grid, int64_t last_flush);

  /// Of the series that is to come.
  void set_extents(const Extents& extents);

  void begin(std::string_view name) override;
  bool add(const Bucket& bucket) override;
  bool end() override;
  bool finish() override { return true; }
  bool full() const override { return false; }

  TimeSeries take() { return std::move(series_); }

 private:
  double number(const Bucket& bucket) const;

  const Meaning& meaning_;
  const Grid grid_;
  const int64_t last_flush_;
  int64_t first_entry_ = 0;
  TimeSeries series_;
};

}  // namespace kilometric::graphite

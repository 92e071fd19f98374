// The series of several metrics, one after the other. While one is read the next few are asked for, so that
// Redis and who waits for its answers work at the same time.
//
// Owned by whoever answers a request. Memory: of each that is asked for ahead, a piece of few buckets, or a
// page of packed hours.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "readerd/series/open_series.h"

namespace kilometric {

class SeriesQueue {
 public:
  /// Requires that `store`, `keys` and `selection` outlive it.
  SeriesQueue(Store& store, Kind kind, const std::vector<std::string>& keys, const Selection& selection,
              Ends ends = Ends::of_the_whole)
      : store_(store), kind_(kind), keys_(keys), selection_(selection), ends_(ends) {}

  /// Whether every series had its turn.
  bool at_end() const { return turn_ == keys_.size(); }

  /// Asks for the first series ahead of its turn, for whoever reads another queue first. Called once at most,
  /// and before the first turn.
  void prepare(const Alive& alive) { open_next(alive, true); }

  /// Requires !at_end(), as the next one does.
  const std::string& next_key() const { return keys_[turn_]; }
  /// The turn of the next series. `on_extents` may be called at once. Requires of all functions that are passed
  /// that they keep the queue alive.
  void begin_next(const Alive& alive, Store::On<Extents> on_extents);
  /// Its next piece. Requires that `on_extents` was called with no refusal.
  void next(const Alive& alive, Series::OnPiece on_piece);

 private:
  void open_next(const Alive& alive, bool ahead);

  Store& store_;
  const Kind kind_;
  const std::vector<std::string>& keys_;
  const Selection& selection_;
  const Ends ends_;
  size_t turn_ = 0;    ///< so many have had theirs, or have it
  size_t opened_ = 0;  ///< so many were asked for
  std::shared_ptr<OpenSeries> current_;
  std::deque<std::shared_ptr<OpenSeries>> ahead_;
};

}  // namespace kilometric

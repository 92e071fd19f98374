// The series that the expressions of a request ask for: finds the metrics of each path, and reads them one
// after the other. While those of a path are read, the metrics of the next few are looked for, and the first
// series of each is asked for.
//
//   paths and ranges -> metrics -> buckets -> points
//
// Owned by the request, which it calls once, with what is then looked up by path and range while expressions
// are evaluated. It keeps itself alive while it waits for an answer.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/settings/settings.h"
#include "common/uv.h"
#include "readerd/functions/repeat.h"
#include "readerd/graphite/gather/points.h"
#include "readerd/graphite/gather/points_budget.h"
#include "readerd/graphite/gather/pulse.h"
#include "readerd/graphite/gather/resolution.h"
#include "readerd/graphite/time_series.h"
#include "readerd/series/series_queue.h"
#include "readerd/store/store.h"

namespace kilometric::graphite {

/// A path, and the range whose points are asked for: (from, until], in seconds since the epoch.
struct Wish {
  std::string path;
  int64_t from, until;
  auto operator<=>(const Wish&) const = default;
};

using Gathered = std::map<Wish, SeriesList>;

class Gathering : public std::enable_shared_from_this<Gathering> {
 public:
  static constexpr size_t kMostSeries = 10'000;
  static constexpr size_t kMostPoints = 5'000'000;

  /// Requires that `loop`, `store` and `settings` outlive it, and `held` as long as `alive` says so.
  Gathering(Loop& loop, Store& store, const Settings& settings, PointsHeld& held, std::vector<Wish> wishes,
            int64_t step, const Pulse& pulse, Alive alive, std::function<void(Result<Gathered> result)> on_end);

  /// Requires that a shared_ptr owns it.
  void start();

 private:
  /// What is read at a time.
  struct Reading {
    Metrics metrics;
    Grid grid;
    Selection selection;
    Points points;
    std::optional<Repeat> repeat;
    SeriesQueue queue;

    Reading(Store& store, Metrics metrics, const Grid& grid, const Pulse& pulse, uint64_t stale_ms);
    Sink& sink() { return repeat ? static_cast<Sink&>(*repeat) : points; }
  };

  /// Of each metrics of a wish one.
  using Readings = std::deque<std::shared_ptr<Reading>>;

  void resolve_ahead();
  void on_resolution(size_t place, Resolution resolution);
  std::optional<Refusal> too_much(const Wish& wish, const Resolution& resolution);
  std::shared_ptr<Reading> reading_of(const Wish& wish, Metrics metrics);
  void next_metrics();
  void next_series();
  void read_on();
  void on_piece(const Series::Piece& piece);
  void end(Result<Gathered> result);

  Loop& loop_;
  Store& store_;
  const Settings& settings_;
  PointsHeld& held_;
  const std::vector<Wish> wishes_;
  const int64_t step_;
  const Pulse pulse_;
  const Alive alive_;
  const std::function<void(Result<Gathered> result)> on_end_;
  const TagQuery::Steps regex_steps_ = TagQuery::make_steps();
  size_t asked_ = 0;                                 ///< the metrics of so many wishes were looked for
  size_t wish_ = 0;                                  ///< so many have been read
  std::vector<std::optional<Readings>> to_be_read_;  ///< of each wish; nullopt: its metrics are not known yet
  std::shared_ptr<Reading> reading_;  ///< held by whoever calls its queue, which may call us before it returns
  bool ended_ = false;
  size_t series_ = 0, points_ = 0;
  Gathered gathered_;
};

}  // namespace kilometric::graphite

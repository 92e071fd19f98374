// The series of one metric as its reader asks for it: how far it reaches, and then piece after piece; and, of
// one that waits for its turn, what is asked for ahead of that.
//
//   extents -> series -> first piece -> ...
//
// Owned by a SeriesQueue, and by what it has asked while that is on its way. A refusal is kept for whoever
// asks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "readerd/series/extents.h"
#include "readerd/series/selection.h"
#include "readerd/series/series.h"
#include "readerd/store/store.h"

namespace kilometric {

class OpenSeries : public std::enable_shared_from_this<OpenSeries> {
 public:
  /// Requires that `store` and `selection` outlive it.
  OpenSeries(Store& store, Kind kind, std::string_view key, const Selection& selection)
      : store_(store), kind_(kind), key_(key), selection_(selection) {}

  /// Asks for the extents, and, if `ahead`, for the first piece, where that is small.
  void ask(const Alive& alive, Ends ends, bool ahead);

  /// Calls `on_extents` once they are known, perhaps at once.
  void when_known(Store::On<Extents> on_extents);

  /// As Series::next(). Requires that the extents are known, and no refusal.
  void next(const Alive& alive, Series::OnPiece on_piece);

 private:
  void on_extents(const Result<Extents>& extents, const Alive& alive, bool ahead);
  void ask_first(const Alive& alive);

  Store& store_;
  const Kind kind_;
  const std::string key_;
  const Selection& selection_;
  std::optional<Result<Extents>> extents_;
  Store::On<Extents> on_extents_;  ///< who waits for them
  std::optional<Series> series_;
  bool first_asked_ = false;  ///< and not given to anybody
  std::optional<Result<Series::Piece>> first_;
  Series::OnPiece on_first_;  ///< who waits for it
};

}  // namespace kilometric

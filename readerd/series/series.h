// The series of one metric: makes a plan out of how far it reaches, and reads page after page of the plan's
// parts into buckets.
//
//   extents -> plan -> page -> buckets, and again
//
// Owned by whoever reads it. It reads a page only when it is asked for the next buckets, so that no more is
// read than the owner's client takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "readerd/series/buckets.h"
#include "readerd/series/extents.h"
#include "readerd/series/plan.h"
#include "readerd/series/selection.h"
#include "readerd/store/store.h"

namespace kilometric {

class Series {
 public:
  struct Piece {
    std::vector<Bucket> buckets;  ///< may be none
    bool last = false;            ///< nothing comes after these
  };

  /// Requires that `store` and `selection` outlive it.
  Series(Store& store, Kind kind, std::string_view key, const Selection& selection, const Extents& extents);

  /// Requires that `on_piece` keeps the series alive, and that it is not called again before `on_piece` was.
  void next(Alive alive, Store::On<Piece> on_piece);

 private:
  Piece piece_of(const Page& page);
  Piece last_piece() const;

  Store& store_;
  const Kind kind_;
  const std::string key_;
  const Selection& selection_;
  const Extents extents_;
  std::vector<Part> parts_;  ///< still to be read, the next at the end
  Buckets buckets_;
};

}  // namespace kilometric

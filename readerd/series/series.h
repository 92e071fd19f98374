// The series of one metric: makes a plan out of how far it reaches, and reads page after page of the plan's
// parts into buckets.
//
//   extents -> plan -> page, or packed hour -> buckets, and again
//
// Entries of a gauge are resolved by what stands before them (common/metric/last_value.h): by the entry before,
// and the first by what is found before the range. A page of raw entries that is read backwards is turned round
// for that, and what stands before it is found for each: who wants but the last values reads no more than
// these.
//
// Owned by whoever reads it. It reads a page only when it is asked for the next buckets, so that no more is
// read than the owner's client takes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/last_value.h"
#include "readerd/series/before.h"
#include "readerd/series/buckets.h"
#include "readerd/series/extents.h"
#include "readerd/series/part_reader.h"
#include "readerd/series/selection.h"
#include "readerd/store/store.h"

namespace kilometric {

class Series {
 public:
  struct Piece {
    std::vector<Bucket> buckets;  ///< may be none
    bool last = false;            ///< nothing comes after these
  };
  using OnPiece = std::function<void(Result<Piece> result)>;

  /// Requires that `store` and `selection` outlive it.
  Series(Store& store, Kind kind, std::string_view key, const Selection& selection, const Extents& extents);

  /// Requires that `on_piece` keeps the series alive, and that it is not called again before `on_piece` was.
  void next(Alive alive, OnPiece on_piece);

 private:
  bool asks_before() const;
  void ask_before(const StreamId& moment, Alive alive, OnPiece on_piece,
                  std::function<void(const Before& before)> then);
  Piece before_piece(const Before& before);
  void on_entries(PartReader::Piece piece, Alive alive, OnPiece on_piece);
  void resolve(std::vector<Entry> entries, Tier tier, Alive alive, OnPiece on_piece);
  Piece piece_of(std::vector<Entry> entries);
  Piece piece_of(const PackedEntry& hour);
  Piece last_piece();

  Store& store_;
  const Kind kind_;
  const std::string key_;
  const Selection& selection_;
  const Extents extents_;
  PartReader parts_;
  Buckets buckets_;
  LastValue last_;
  bool before_known_;  ///< what stands before the range is, or is not needed
};

}  // namespace kilometric

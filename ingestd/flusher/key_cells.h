// Where the cells of each metric are in the segments of an interval: several workers may hold it, and a worker
// that was killed, or whose segment was full, has several segments. So each metric is put together when it is
// its turn to be written, and what all of them hold is never in memory twice.
//
// Owned by the harvest, as long as that takes; the segments must outlive it. Its only error is std::bad_alloc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ingestd/count/old_segment.h"
#include "ingestd/count/segment.h"
#include "ingestd/spool/batch_format.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/zeros.h"

namespace kilometric {

class KeyCells {
 public:
  /// `epoch_ms`: added to the times that segments hold.
  KeyCells(std::vector<const Segment*> segments, const std::vector<const OldSegment*>& old_segments,
           int64_t epoch_ms);

  /// Calls `visit(entry)` for each metric, with all that is held of it: what a worker counted first comes
  /// first, then what others counted is merged.
  template <class Visit>
  void for_each(Visit visit) const {
    for (size_t i = 0; i < places_.size(); ++i) {
      prefetch(i);
      if (!places_[i].follows) visit(entry_at(i));
    }
  }

 private:
  /// A cell, or a gain of an old segment. Positions are those of places_, plus one; 0 is none.
  struct Place {
    uint64_t at;
    uint32_t segment;  ///< of segments_; behind them: `at` is of gains_
    uint32_t hash;
    uint32_t next = 0;     ///< of the same metric
    bool follows = false;  ///< it is the next one of another place
  };

  void add(size_t segment, uint64_t at);
  void link();
  bool same_metric(const Place& one, const Place& other) const;
  bool is_gain(const Place& place) const { return place.segment == segments_.size(); }
  Kind kind_of(const Place& place) const;
  std::string_view key_of(const Place& place) const;
  Delta delta_of(const Place& place) const;
  bool same_worker(const Place& one, const Place& other) const;
  BatchEntry entry_at(size_t index) const;
  void prefetch(size_t index) const;

  const uint64_t seed_ = random_identity()[0];
  const int64_t epoch_ms_;
  std::vector<const Segment*> segments_;  ///< those of a worker behind each other, in its order
  std::vector<BatchEntry> gains_;         ///< of old segments
  std::vector<Place> places_;
  /// Of the first place of each metric: the hash in the upper half, its position in the lower. Open addressing.
  Zeros slots_;
};

}  // namespace kilometric

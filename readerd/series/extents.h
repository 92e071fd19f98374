// How far a series reaches: asked of Redis before anything of it is read, in up to eight questions at once. It
// is what a plan is made of, and says how much there is to be read at most.
//
// The stream of points is asked about where periods are finer than an hour. Else it may be of use only where
// the raw stream has been trimmed: for the edges of a range, and for the times of a whole's first entry and
// last. It is asked about that when the first answers are there and say so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/stream_id.h"
#include "readerd/series/buckets.h"
#include "readerd/series/plan.h"
#include "readerd/series/selection.h"
#include "readerd/store/store.h"

namespace kilometric {

/// Days and points are left empty where they cannot be of use.
struct Extents : Reach {
  // The IDs of entries within the range; nullopt: there is none, or it was not asked.
  std::optional<StreamId> raw_first, raw_last, hour_first, hour_last;
  std::optional<StreamId> points_first, points_last;  ///< of points

  std::vector<Part> plan(Kind kind, const Selection& selection) const;
  /// How many periods there are between the first entry and the last.
  uint64_t most_periods(const Selection& selection) const;
  /// How many of these may hold an entry.
  uint64_t most_buckets(const Selection& selection) const;
  /// True when nothing can be added to the range any more.
  bool closed(const Selection& selection) const {
    return raw.length > 0 && selection.to_given && selection.range.to < raw.last;
  }
  /// What there was to be read of a closed range. Streams lose entries at their front.
  std::string fingerprint() const;
  /// Puts the times of the first entry and the last in the place of those that tiers gave to a whole.
  Bucket with_exact_ends(Bucket whole) const;
};

/// Who does not ask for the fingerprint needs fewer of them.
enum class Ends : uint8_t {
  of_the_whole,  ///< within the range only where with_exact_ends() needs them
  asked,
};

/// Refused when the raw stream cannot be read. A tier that cannot be is as good as none.
void ask_extents(Store& store, Kind kind, std::string_view key, const Selection& selection, Ends ends,
                 Alive alive, Store::On<Extents> on_extents);

}  // namespace kilometric

// A plan: which stream answers for which part of a range.
//
//   day tier     whole days that are in it
//   hour tier    whole hours that are in it, where the day tier does not answer
//   points       any time of the hours that are in it (timers and sets: whole minutes), where neither answers
//   raw stream   the rest: what is not closed yet, and what the others do not have
//
// What has been trimmed from the raw stream is answered by what is left, coarser than it was asked for: timers
// and sets by their minutes, an hour that has no points by its sum. These lie at their minute's (hour's) start.
//
// A tier has no hole between its first entry and its last (see layout.h), so these two say what it has. What
// lies before its first entry may have been trimmed from it. The raw stream is trimmed by whole hours.
#pragma once

#include <cstdint>
#include <vector>

#include "common/metric/kind.h"
#include "common/redis/stream_id.h"
#include "readerd/store/stream_info.h"

namespace kilometric {

enum class Tier : uint8_t { raw, points, hour, day };

/// How far the streams of a metric reach; one of length 0: it is not there, or was not asked for.
struct Reach {
  StreamInfo raw, points, hour, day;

  /// What is earlier is not in the raw stream any more.
  uint64_t raw_begin() const;
  /// Whether there may have been entries in the range that are not in the raw stream any more.
  bool trimmed(const IdRange& range) const;
};

struct Part {
  Tier tier;
  IdRange range;
  bool coarse = false;  ///< it is a coarser answer than what was asked for
  bool operator==(const Part&) const = default;
};

/// The parts of `range`, in the order of time; they touch. `grain`: see Period; tiers of longer units do not
/// help.
std::vector<Part> make_plan(Kind kind, const IdRange& range, uint64_t grain, const Reach& reach);

}  // namespace kilometric

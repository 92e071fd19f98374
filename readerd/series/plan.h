// A plan: which stream answers for which part of a range.
//
//   day tier     whole days that are in it
//   hour tier    whole hours that are in it, where the day tier does not answer
//   raw stream   the rest: the edges, what is not closed yet, and what the tiers do not have
//
// A tier has no hole between its first entry and its last (see layout.h), so these two say what it has. What
// lies before its first entry may have been trimmed from it.
#pragma once

#include <cstdint>
#include <vector>

#include "common/redis/stream_id.h"
#include "readerd/store/stream_info.h"

namespace kilometric {

enum class Tier : uint8_t { raw, hour, day };

struct Part {
  Tier tier;
  IdRange range;
  bool operator==(const Part&) const = default;
};

/// The parts of `range`, in the order of time. `grain`: see Period; tiers of longer units do not help.
std::vector<Part> make_plan(const IdRange& range, uint64_t grain, const StreamInfo& hour,
                            const StreamInfo& day);

}  // namespace kilometric

// What stands before a moment: the value of a gauge that the next entry builds on, and when it was last heard
// of.
//
//   1. asks, at once, for the last hour and the last day that end before the moment, and for the last raw entry
//   2. reads the raw entries behind the hour, or the day, that ends later, page by page, and resolves them;
//      without any the whole raw stream up to the moment. Where that has been trimmed up to there, the same of
//      the packed hours, and these also tell when the last entry was
//
// Tiers are filled an hour behind, so it is seldom more than two pages. Series asks for it. A refusal is for
// the client, but a tier that cannot be read is as good as none.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/metric/kind.h"
#include "common/redis/stream_id.h"
#include "readerd/store/store.h"

namespace kilometric {

struct Before {
  std::optional<Delta> delta;  ///< resolved; nullopt: there is nothing
  uint64_t ms = 0;  ///< the last entry's time; where only a sum is left, the start of its hour or day
};

/// Requires a kind that needs what was before, see needs_before().
void find_before(Store& store, Kind kind, std::string_view key, const StreamId& moment, Alive alive,
                 Store::On<Before> on_before);

}  // namespace kilometric

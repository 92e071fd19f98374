// Two batches made one: what they hold of a key becomes one entry. Resolution is lost, counts are not.
//
// Called by the spool when it is past its limit, and for entries that were set aside. The sum takes the place
// of the newer one and covers the older one, which the caller removes. When the disk does not let us read or
// write, that is a std::system_error, and nothing has changed.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "ingestd/spool/batch.h"
#include "ingestd/spool/spool_folder.h"
#include "ingestd/system/identity.h"

namespace kilometric {

/// Whether entries keep IDs of their own, or all get the sum's.
enum class SumIds : uint8_t { own, of_the_sum };

struct SumRules {
  SumIds ids;
  uint64_t most_events;  ///< that stay, the newest
};

/// Adds up what of the two can be read. The sum names those of the segments in `harvested` that they name.
/// Returns the size of the sum; nothing when neither could be read.
std::optional<uint64_t> add_up(SpoolFolder& folder, uint64_t older, uint64_t newer, const SumRules& rules,
                               const std::set<Identity>& harvested);

/// Whether the batch, if it is one, names this segment.
bool names(const Batch& batch, const Identity& segment);

}  // namespace kilometric

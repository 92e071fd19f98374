// A page of the stream of events: the entries of a reply to XRANGE or XREVRANGE, each with its fields as they
// are.
//
// Read by the store. A reply is hostile: what is no such page is refused as a whole; a field may hold any
// bytes.
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/redis/stream_id.h"

namespace kilometric {

struct StoredEvent {
  StreamId id;
  std::vector<std::pair<std::string, std::string>> fields;

  /// Empty when there is none.
  std::string_view field(std::string_view name) const;
};

/// Entries may hold 8 KiB.
inline constexpr size_t kEventsPageEntries = 100;

/// nullopt when the reply cannot be a page.
std::optional<std::vector<StoredEvent>> parse_events(const redisReply& reply);

}  // namespace kilometric

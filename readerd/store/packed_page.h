// A page of packed hours: the entries of a reply to XRANGE or XREVRANGE about a stream of points, each still
// packed, as unpacked they take twenty times the room (common/metric/points.h).
//
// Read by the store. A reply is hostile: what is no such page is refused as a whole; an entry that is no hour's
// is counted and left out.
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/redis/page.h"
#include "common/redis/stream_id.h"

namespace kilometric {

struct PackedEntry {
  uint64_t start;  ///< ms since the epoch
  std::string points;
};

struct PackedPage {
  std::vector<PackedEntry> hours;
  uint64_t skipped = 0;
  std::optional<IdRange> rest;  ///< what is still to be read; nullopt after the last page
};

/// As parse_page().
std::optional<PackedPage> parse_packed_page(const redisReply& reply, const IdRange& asked, Order order,
                                            size_t count);

}  // namespace kilometric

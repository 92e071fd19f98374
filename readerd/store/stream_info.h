// Where a stream begins and ends, out of the reply to XINFO STREAM: pairs of a name and a value, among them
//
//   "length" 3   "first-entry" ["1603303544893-0", ["count", "42"]]   "last-entry" [...]
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <optional>

#include "common/redis/stream_id.h"

namespace kilometric {

/// A stream that is not there, or empty, has length 0.
struct StreamInfo {
  uint64_t length = 0;
  StreamId first, last;
  // Of a stream of points, of its first hour and its last: the longer one's
  uint64_t hour_points = 0;  ///< points,
  uint64_t hour_bytes = 0;   ///< and bytes.
};

/// nullopt when it is no such reply.
std::optional<StreamInfo> parse_stream_info(const redisReply& reply);

}  // namespace kilometric

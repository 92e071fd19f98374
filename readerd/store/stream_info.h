// The reach of a stream, out of the reply to XINFO STREAM: pairs of a name and a value, among them
//
//   "length" 3   "first-entry" ["1603303544893-0", ["count", "42"]]   "last-entry" [...]
#pragma once

#include <hiredis/hiredis.h>

#include <optional>

#include "readerd/series/plan.h"

namespace kilometric {

/// nullopt when it is no such reply.
std::optional<StreamInfo> parse_stream_info(const redisReply& reply);

}  // namespace kilometric

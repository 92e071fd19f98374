// A moment as a caller writes it in `from` or `to`:
//
//   1603303544893      milliseconds since the epoch
//   1603303544893-0    a stream ID
//   2020-10-21T18:05:44.893Z, 2020-10-21T20:05:44+02:00
//                      a date and time as in RFC 3339, with or without a fraction
//   -  +               the stream's beginning and end
//   now                by this host's clock
//   -15min             that long before now: s, sec, m, min, h, d, w
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/redis/stream_id.h"

namespace kilometric {

/// A millisecond may hold many entries: a `from` means the first of them, a `to` the last.
enum class Edge { from, to };

/// nullopt when `text` is none of the forms above.
std::optional<StreamId> parse_moment(std::string_view text, Edge edge, uint64_t now_ms);

}  // namespace kilometric

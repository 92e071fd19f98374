// A moment as a caller writes it in `from` or `to`:
//
//   1603303544893      milliseconds since the epoch
//   1603303544         ten digits, the first no zero: seconds since the epoch, from 2001-09-09 to 2286-11-20.
//   As
//                      milliseconds they would lie in the spring of 1970
//   1603303544.893     the same with a fraction
//   1603303544893-0    a stream ID
//   2020-10-21T18:05:44.893Z, 2020-10-21T20:05:44+02:00
//                      a date and time as in RFC 3339, with or without a fraction
//   2020-10-21         a day: a `from` means its beginning, a `to` its end
//   -  +               the stream's beginning and end
//   now                by this host's clock
//   -15min, -1h30m     that long before now: s, sec, m, min, h, d, w
//   now-15min, now+1h  that long before or after now
//
// Called for each query. What is none of these is nullopt, and becomes a 400 that tells the forms.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/redis/stream_id.h"

namespace date {
class time_zone;
}

namespace kilometric {

/// A millisecond may hold many entries: a `from` means the first of them, a `to` the last.
enum class Edge { from, to };

/// nullopt when `text` is none of the forms above. Days are those of `zone`; nullptr is UTC.
std::optional<StreamId> parse_moment(std::string_view text, Edge edge, uint64_t now_ms,
                                     const date::time_zone* zone = nullptr);

}  // namespace kilometric

// What `GET /events?from=&to=&tag=&limit=&cursor=` asks for, parsed and checked; a refusal is a 400 that names
// the parameter and its rule. `from` and `to` are those of /read (readerd/query/moment.h), `tag` too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "common/http/refusal.h"
#include "common/redis/stream_id.h"
#include "readerd/keys/tag_filter.h"

namespace kilometric {

struct EventsQuery {
  static constexpr size_t kUsualLimit = 1'000;
  static constexpr size_t kMostLimit = 10'000;

  IdRange range;  ///< ends before the cursor, when there is one
  TagFilters tags;
  size_t limit = kUsualLimit;
};

std::variant<EventsQuery, Refusal> parse_events_query(std::string_view text, uint64_t now_ms);

}  // namespace kilometric

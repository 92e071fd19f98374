// A page: the entries of one reply to XRANGE, in the order of their IDs, or to XREVRANGE, the last first.
//
//   XRANGE kilometric.visits 0-0 18446744073709551615-18446744073709551615 COUNT 1000
//   1) 1) "1603303544893-0"
//      2) 1) "count"
//         2) "42"
//   2) ...
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/metric/amount.h"
#include "common/redis/stream_id.h"

namespace kilometric {

/// Keeps Redis busy for less than a millisecond.
inline constexpr size_t kPageEntries = 1000;

enum class Order : uint8_t { ascending, descending };

struct Entry {
  StreamId id;
  Amount count;
};

struct Page {
  std::vector<Entry> entries;
  uint64_t skipped = 0;          ///< entries without a usable count: somebody else's
  std::optional<StreamId> last;  ///< of all its entries, those skipped included
  std::optional<IdRange> rest;   ///< what is still to be read; nullopt after the last page
};

/// `asked`: the range that `reply` answers, `count`: the most entries it was to have. nullopt when the
/// reply cannot be such an answer.
std::optional<Page> parse_page(const redisReply& reply, const IdRange& asked, Order order = Order::ascending,
                               size_t count = kPageEntries);

}  // namespace kilometric

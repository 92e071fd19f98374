// A page: the entries of one reply to XRANGE, in the order of their IDs, or to XREVRANGE, the last first. Read
// by readerd, and by ingestd for its tiers. A reply is hostile: what is not such a page is refused as a whole,
// and an entry without the fields of its kind, as somebody else may write it, is counted and left out.
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

#include "common/metric/kind.h"
#include "common/redis/stream_id.h"

namespace kilometric {

/// Keeps Redis busy for less than a millisecond.
inline constexpr size_t kPageEntries = 1000;

enum class Order : uint8_t { ascending, descending };

struct Entry {
  StreamId id;
  Delta delta;
};

struct Page {
  std::vector<Entry> entries;
  uint64_t skipped = 0;          ///< entries that are none of the kind: somebody else's
  std::optional<StreamId> last;  ///< of all its entries, those skipped included
  std::optional<IdRange> rest;   ///< what is still to be read; nullopt after the last page
};

/// What is left of `asked` once `last` has been read.
std::optional<IdRange> rest_after(const StreamId& last, const IdRange& asked, Order order);

/// The page of a stream of `kind`. `asked`: the range that `reply` answers, `count`: the most entries it was to
/// have. nullopt when the reply cannot be such an answer.
std::optional<Page> parse_page(Kind kind, const redisReply& reply, const IdRange& asked,
                               Order order = Order::ascending, size_t count = kPageEntries);

/// The IDs of an answer to XRANGE, whatever its entries hold; nullopt when it is none, or they do not ascend up
/// to `last`.
std::optional<std::vector<StreamId>> parse_ids(const redisReply& reply, const StreamId& last);

}  // namespace kilometric

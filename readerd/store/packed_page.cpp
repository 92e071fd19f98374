#include "readerd/store/packed_page.h"

#include "common/metric/points.h"
#include "common/redis/layout.h"
#include "common/redis/reply.h"

namespace kilometric {
namespace {

bool is_array(const redisReply* reply) { return reply != nullptr && reply->type == REDIS_REPLY_ARRAY; }

/// nullptr when there is none.
const redisReply* points_of(const redisReply* fields) {
  return is_array(fields) ? value_of(fields, kPointsField) : nullptr;
}

bool is_hour(const StreamId& id) { return id.ms % layout::kHourMs == 0 && id.ms <= kMostMs - layout::kHourMs; }

}  // namespace

std::optional<PackedPage> parse_packed_page(const redisReply& reply, const IdRange& asked, Order order,
                                            size_t count) {
  if (!is_array(&reply)) return std::nullopt;
  PackedPage page;
  page.rest = asked;
  for (size_t i = 0; i < reply.elements; ++i) {
    const redisReply* const item = reply.element[i];
    if (!is_array(item) || item->elements != 2) return std::nullopt;
    const auto id = parse_stream_id(reply_text(item->element[0]));
    if (!id || !page.rest || *id < page.rest->from || *id > page.rest->to) return std::nullopt;
    const redisReply* const points = points_of(item->element[1]);
    if (points != nullptr && is_hour(*id))
      page.hours.push_back({id->ms, std::string(reply_text(points))});
    else
      ++page.skipped;
    page.rest = rest_after(*id, asked, order);
  }
  if (reply.elements < count) page.rest.reset();
  return page;
}

}  // namespace kilometric

#include "readerd/store/stream_info.h"

#include <algorithm>
#include <string_view>

#include "common/metric/points.h"
#include "common/redis/reply.h"

namespace kilometric {
namespace {

std::optional<StreamId> id_of(const redisReply* entry) {
  if (entry == nullptr || entry->type != REDIS_REPLY_ARRAY || entry->elements == 0) return std::nullopt;
  return parse_stream_id(reply_text(entry->element[0]));
}

void add_hour(StreamInfo& info, const redisReply* entry) {
  const redisReply* const points = entry->elements > 1 ? value_of(entry->element[1], kPointsField) : nullptr;
  if (points == nullptr) return;
  info.hour_points = std::max<uint64_t>(info.hour_points, points_in(reply_text(points)));
  info.hour_bytes = std::max<uint64_t>(info.hour_bytes, reply_text(points).size());
}

}  // namespace

std::optional<StreamInfo> parse_stream_info(const redisReply& reply) {
  const redisReply* const length = value_of(&reply, "length");
  if (length == nullptr || length->type != REDIS_REPLY_INTEGER || length->integer < 0) return std::nullopt;
  if (length->integer == 0) return StreamInfo{};
  const redisReply *const first = value_of(&reply, "first-entry"), *const last = value_of(&reply, "last-entry");
  const auto first_id = id_of(first), last_id = id_of(last);
  if (!first_id || !last_id || *first_id > *last_id) return std::nullopt;
  StreamInfo info{static_cast<uint64_t>(length->integer), *first_id, *last_id};
  for (const redisReply* end : {first, last}) add_hour(info, end);
  return info;
}

}  // namespace kilometric

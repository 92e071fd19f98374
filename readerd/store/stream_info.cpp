#include "readerd/store/stream_info.h"

#include <string_view>

#include "common/redis/reply.h"

namespace kilometric {
namespace {

std::optional<StreamId> id_of(const redisReply* entry) {
  if (entry == nullptr || entry->type != REDIS_REPLY_ARRAY || entry->elements == 0) return std::nullopt;
  return parse_stream_id(reply_text(entry->element[0]));
}

}  // namespace

std::optional<StreamInfo> parse_stream_info(const redisReply& reply) {
  const redisReply* const length = value_of(&reply, "length");
  if (length == nullptr || length->type != REDIS_REPLY_INTEGER || length->integer < 0) return std::nullopt;
  if (length->integer == 0) return StreamInfo{};
  const auto first = id_of(value_of(&reply, "first-entry")), last = id_of(value_of(&reply, "last-entry"));
  if (!first || !last || *first > *last) return std::nullopt;
  return StreamInfo{static_cast<uint64_t>(length->integer), *first, *last};
}

}  // namespace kilometric

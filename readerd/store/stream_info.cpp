#include "readerd/store/stream_info.h"

#include <string_view>

#include "common/redis/redis.h"

namespace kilometric {
namespace {

std::optional<StreamId> id_of(const redisReply* entry) {
  if (entry == nullptr || entry->type != REDIS_REPLY_ARRAY || entry->elements == 0) return std::nullopt;
  return parse_stream_id(reply_text(entry->element[0]));
}

}  // namespace

std::optional<StreamInfo> parse_stream_info(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY) return std::nullopt;
  std::optional<int64_t> length;
  std::optional<StreamId> first, last;
  for (size_t i = 0; i + 1 < reply.elements; i += 2) {
    const std::string_view name = reply_text(reply.element[i]);
    const redisReply* const value = reply.element[i + 1];
    if (name == "length" && value != nullptr && value->type == REDIS_REPLY_INTEGER) length = value->integer;
    if (name == "first-entry") first = id_of(value);
    if (name == "last-entry") last = id_of(value);
  }
  if (length == 0) return StreamInfo{};
  if (!length || *length < 0 || !first || !last || *first > *last) return std::nullopt;
  return StreamInfo{static_cast<uint64_t>(*length), *first, *last};
}

}  // namespace kilometric

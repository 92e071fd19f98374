#include "ingestd/send/lookup.h"

#include <optional>
#include <string_view>
#include <utility>

#include "common/redis/layout.h"
#include "common/redis/reply.h"
#include "common/redis/stream_id.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

std::optional<StreamId> first_id(const redisReply* stream_info) {
  const redisReply* const first = value_of(stream_info, "first-entry");
  if (first == nullptr || first->type != REDIS_REPLY_ARRAY || first->elements == 0) return std::nullopt;
  return parse_stream_id(reply_text(first->element[0]));
}

/// Whether the stream is full and holds nothing as old as this ID.
bool is_dropped(const redisReply* stream_info, std::string_view id, uint64_t most) {
  const redisReply* const length = value_of(stream_info, "length");
  const bool full = length != nullptr && length->type == REDIS_REPLY_INTEGER && length->integer > 0 &&
                    static_cast<uint64_t>(length->integer) >= most;
  const auto own = parse_stream_id(id), oldest = first_id(stream_info);
  return full && own && oldest && *own < *oldest;
}

/// Streams are trimmed from their oldest entry on: not where there is one before this ID.
bool may_be_trimmed(const redisReply* stream_info, std::string_view id) {
  const auto own = parse_stream_id(id), oldest = first_id(stream_info);
  return stream_info->type == REDIS_REPLY_ARRAY && !(own && oldest && *oldest < *own);
}

/// By whole hours, too.
bool is_held(std::optional<uint64_t> oldest_ms, std::string_view id) {
  const auto own = parse_stream_id(id);
  return oldest_ms && own && own->ms / layout::kHourMs >= *oldest_ms / layout::kHourMs;
}

void ask_whether_held(Redis& redis, const Sought& sought, const Lookup& when_held, OnLookedUp on_end) {
  redis.command(
      {"HGET", sought.record, layout::kOldestField},
      [id = sought.id, when_held, on_end = std::move(on_end)](const redisReply* reply) {
        if (!reply || reply->type == REDIS_REPLY_ERROR)
          on_end({Lookup::Outcome::unknown, 0, false, reply});
        else
          on_end(is_held(parse_digits(reply_text(reply)), id) ? when_held : Lookup{Lookup::Outcome::doubtful});
      });
}

void ask_top(Redis& redis, const Sought& sought, bool taken, OnLookedUp on_end) {
  redis.command({"XINFO", "STREAM", sought.stream}, [&redis, sought, taken,
                                                     on_end = std::move(on_end)](const redisReply* reply) {
    if ((!reply || reply->type != REDIS_REPLY_ARRAY) && !is_no_such_key(reply))
      return on_end({Lookup::Outcome::unknown, 0, false, reply});
    const bool droppable = sought.most > 0 && sought.tried == Tried::maybe;
    if (droppable && is_dropped(reply, sought.id, sought.most)) return on_end({Lookup::Outcome::there});
    const uint64_t top = top_ms(reply);
    const Lookup late{top < kLastTimeMs ? Lookup::Outcome::too_late : Lookup::Outcome::full, top, taken};
    if (taken || sought.record.empty() || !may_be_trimmed(reply, sought.id)) return on_end(late);
    ask_whether_held(redis, sought, late, on_end);
  });
}

}  // namespace

void look_up(Redis& redis, const Sought& sought, OnLookedUp on_end) {
  redis.command({"XRANGE", sought.stream, sought.id, sought.id},
                [&redis, sought, on_end = std::move(on_end)](const redisReply* reply) {
                  crash_point();
                  if (!reply || reply->type != REDIS_REPLY_ARRAY)
                    on_end({Lookup::Outcome::unknown, 0, false, reply});
                  else if (reply->elements > 0 && sought.tried == Tried::maybe)
                    on_end({Lookup::Outcome::there});
                  else
                    ask_top(redis, sought, reply->elements > 0, on_end);
                });
}

}  // namespace kilometric

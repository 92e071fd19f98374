#include "ingestd/send/lookup.h"

#include <string_view>
#include <utility>

#include "common/redis/reply.h"
#include "common/redis/stream_id.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

/// Whether the stream is full and holds nothing as old as this ID.
bool is_dropped(const redisReply* stream_info, std::string_view id, uint64_t most) {
  const redisReply* const length = value_of(stream_info, "length");
  const redisReply* const first = value_of(stream_info, "first-entry");
  const bool full = length != nullptr && length->type == REDIS_REPLY_INTEGER && length->integer > 0 &&
                    static_cast<uint64_t>(length->integer) >= most;
  if (!full || first == nullptr || first->type != REDIS_REPLY_ARRAY || first->elements == 0) return false;
  const auto own = parse_stream_id(id), oldest = parse_stream_id(reply_text(first->element[0]));
  return own && oldest && *own < *oldest;
}

/// `most`: of what may have been dropped, 0 when nothing was.
void ask_top(Redis& redis, const std::string& stream, const std::string& id, bool taken, uint64_t most,
             OnLookedUp on_end) {
  redis.command({"XINFO", "STREAM", stream}, [=, on_end = std::move(on_end)](const redisReply* reply) {
    if ((!reply || reply->type != REDIS_REPLY_ARRAY) && !is_no_such_key(reply))
      return on_end({Lookup::Outcome::unknown, 0, false, reply});
    if (most > 0 && is_dropped(reply, id, most)) return on_end({Lookup::Outcome::there});
    const uint64_t top = top_ms(reply);
    on_end({top < kLastTimeMs ? Lookup::Outcome::too_late : Lookup::Outcome::full, top, taken});
  });
}

}  // namespace

void look_up(Redis& redis, const std::string& stream, const std::string& id, Tried tried, uint64_t most,
             OnLookedUp on_end) {
  redis.command({"XRANGE", stream, id, id},
                [&redis, stream, id, tried, most, on_end = std::move(on_end)](const redisReply* reply) {
                  crash_point();
                  if (!reply || reply->type != REDIS_REPLY_ARRAY)
                    on_end({Lookup::Outcome::unknown, 0, false, reply});
                  else if (reply->elements > 0 && tried == Tried::maybe)
                    on_end({Lookup::Outcome::there});
                  else
                    ask_top(redis, stream, id, reply->elements > 0, tried == Tried::maybe ? most : 0, on_end);
                });
}

}  // namespace kilometric

#include "ingestd/send/lookup.h"

#include <utility>

#include "common/redis/reply.h"
#include "common/redis/stream_id.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

void ask_top(Redis& redis, const std::string& stream, bool taken, OnLookedUp on_end) {
  redis.command({"XINFO", "STREAM", stream}, [taken, on_end = std::move(on_end)](const redisReply* reply) {
    if ((!reply || reply->type != REDIS_REPLY_ARRAY) && !is_no_such_key(reply))
      return on_end({Lookup::Outcome::unknown, 0, false, reply});
    const uint64_t top = top_ms(reply);
    on_end({top < kLastTimeMs ? Lookup::Outcome::too_late : Lookup::Outcome::full, top, taken});
  });
}

}  // namespace

void look_up(Redis& redis, const std::string& stream, const std::string& id, Tried tried, OnLookedUp on_end) {
  redis.command({"XRANGE", stream, id, id},
                [&redis, stream, tried, on_end = std::move(on_end)](const redisReply* reply) {
                  crash_point();
                  if (!reply || reply->type != REDIS_REPLY_ARRAY)
                    on_end({Lookup::Outcome::unknown, 0, false, reply});
                  else if (reply->elements > 0 && tried == Tried::maybe)
                    on_end({Lookup::Outcome::there});
                  else
                    ask_top(redis, stream, reply->elements > 0, on_end);
                });
}

}  // namespace kilometric

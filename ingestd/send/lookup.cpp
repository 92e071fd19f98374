#include "ingestd/send/lookup.h"

#include <utility>

#include "common/redis/reply.h"
#include "common/redis/stream_id.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

void ask_top(Redis& redis, const std::string& stream, OnLookedUp on_end) {
  redis.command({"XINFO", "STREAM", stream}, [on_end = std::move(on_end)](const redisReply* reply) {
    if ((!reply || reply->type != REDIS_REPLY_ARRAY) && !is_no_such_key(reply))
      return on_end({Lookup::Outcome::unknown, 0, reply});
    const uint64_t top = top_ms(reply);
    on_end({top < kLastTimeMs ? Lookup::Outcome::too_late : Lookup::Outcome::full, top});
  });
}

}  // namespace

void look_up(Redis& redis, const std::string& stream, const std::string& id, OnLookedUp on_end) {
  redis.command({"XRANGE", stream, id, id},
                [&redis, stream, on_end = std::move(on_end)](const redisReply* reply) {
                  crash_point();
                  if (!reply || reply->type != REDIS_REPLY_ARRAY)
                    on_end({Lookup::Outcome::unknown, 0, reply});
                  else if (reply->elements > 0)
                    on_end({Lookup::Outcome::there});
                  else
                    ask_top(redis, stream, on_end);
                });
}

}  // namespace kilometric

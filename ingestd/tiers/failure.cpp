#include "ingestd/tiers/failure.h"

#include "common/redis/reply.h"

namespace kilometric {

std::optional<Failure> failure_unless(int type, const redisReply* reply) {
  if (reply == nullptr) return Failure{Failure::Why::lost, "the connection was lost"};
  if (reply->type == type) return std::nullopt;
  if (reply->type != REDIS_REPLY_ERROR) return unexpected_answer();
  const bool wrong_type = is_error(reply, "WRONGTYPE");
  return Failure{wrong_type ? Failure::Why::wrong_type : Failure::Why::other, std::string(reply_text(reply))};
}

}  // namespace kilometric

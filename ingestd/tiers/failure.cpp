#include "ingestd/tiers/failure.h"

#include "common/redis/redis.h"

namespace kilometric {

std::optional<Failure> failure_unless(int type, const redisReply* reply) {
  if (reply == nullptr) return Failure{Failure::Kind::lost, "the connection was lost"};
  if (reply->type == type) return std::nullopt;
  if (reply->type != REDIS_REPLY_ERROR) return unexpected_answer();
  const bool wrong_type = is_error(reply, "WRONGTYPE");
  return Failure{wrong_type ? Failure::Kind::wrong_type : Failure::Kind::other, std::string(reply_text(reply))};
}

bool is_unknown_word(const redisReply* reply) {
  if (!is_error(reply, "ERR")) return false;
  for (const std::string_view words :
       {"syntax error", "Invalid stream ID", "wrong number of arguments", "unknown command"})
    if (reply_text(reply).find(words) != std::string_view::npos) return true;
  return false;
}

bool is_refusal(const redisReply* reply) {
  return reply != nullptr && reply->type == REDIS_REPLY_ERROR &&
         reply_text(reply).find("equal or smaller") != std::string_view::npos;
}

}  // namespace kilometric

// Why a piece of work on Redis ended before its end, read from the reply that ended it.
//
// Used by what walks over all keys: `lost` ends the walk until Redis is back, `wrong_type` is a matter
// of one key, `other` (READONLY, OOM, an answer that is none) is worth a line in the log and a second try.
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <optional>
#include <string>

namespace kilometric {

struct Failure {
  enum class Why : uint8_t { lost, wrong_type, other };

  Why why;
  std::string text;
};

/// nullopt when `reply` is of this type, one of REDIS_REPLY_*.
std::optional<Failure> failure_unless(int type, const redisReply* reply);

inline Failure unexpected_answer() { return {Failure::Why::other, "an answer of an unexpected form"}; }

}  // namespace kilometric

#include "ingestd/tiers/trim_limit.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/redis/layout.h"
#include "common/redis/reply.h"
#include "common/redis/stream_id.h"

namespace kilometric {
namespace {

constexpr uint64_t kWeekMs = layout::kInstanceSeconds * 1000;

uint64_t less(uint64_t ms, uint64_t by) { return ms - std::min(ms, by); }

/// Redis writes a score as a double: whole ones of this size without a point.
uint64_t parse_score(const redisReply* reply) { return parse_digits(reply_text(reply)).value_or(0); }

}  // namespace

void TrimLimit::ask(uint64_t now, OnAnswer on_answer) {
  now_ = now;
  least_ = less(now, layout::kNeverTrimmedMs);
  failure_.reset();
  on_answer_ = std::move(on_answer);
  rate_limit_.command({"ZRANGEBYSCORE", layout::kInstances, "-inf", "+inf", "WITHSCORES", "LIMIT", "0",
                       std::to_string(kMostInstances)},
                      [this](const redisReply* reply) { on_instances(reply); });
}

void TrimLimit::on_instances(const redisReply* reply) {
  outstanding_ = 1;
  failure_ = failure_unless(REDIS_REPLY_ARRAY, reply);
  const size_t count = failure_ ? 0 : reply->elements / 2;
  if (count == kMostInstances)
    failure_ = {Failure::Why::other, "too many instances have flushed within a week"};
  outstanding_ += failure_ ? 0 : count;
  for (size_t i = 0; i < count && !failure_; ++i)
    rate_limit_.command(
        {"HGET", layout::instance_name(reply_text(reply->element[2 * i])), layout::kOldestField},
        [this, flushed = parse_score(reply->element[2 * i + 1])](const redisReply* answer) {
          on_oldest(flushed, answer);
        });
  end();
}

/// What is there counts, however old; of what is not there, or is no number, that it flushed within the week.
void TrimLimit::on_oldest(uint64_t flushed, const redisReply* reply) {
  if (!reply || reply->type == REDIS_REPLY_ERROR)
    failure_ = failure_unless(REDIS_REPLY_STRING, reply);
  else if (const std::optional<uint64_t> oldest = parse_digits(reply_text(reply)))
    least_ = std::min(least_, *oldest);
  else if (flushed >= less(now_, kWeekMs))
    least_ = std::min(least_, less(flushed, kUnpublishedMs));
  end();
}

void TrimLimit::end() {
  if (--outstanding_ > 0) return;
  ms_ = failure_ ? 0 : least_;
  std::exchange(on_answer_, nullptr)(failure_);
}

}  // namespace kilometric

#include "ingestd/tiers/rate_limit.h"

#include <algorithm>
#include <utility>

#include "common/redis/command.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kTick{50};
/// 66 keys with nothing to do, at three commands each, or 13 pages (4 ms of Redis in 50). So a million such
/// keys take thirteen minutes, and a year of entries ten seconds apart takes twelve seconds.
constexpr size_t kBudget = 200;
constexpr size_t kElements = 70;  ///< a unit; a page of 1000 entries takes Redis 0.3 ms

}  // namespace

void RateLimit::command(std::span<const std::string_view> arguments, Redis::OnReply on_reply, size_t elements) {
  if (!timer_.active()) timer_.start(kTick, kTick);
  const size_t units = 1 + elements / kElements;
  if (waiting_.empty() && spent_ < kBudget) {
    spent_ += units;
    return redis_.command(arguments, std::move(on_reply));
  }
  waiting_.push_back({std::string(), std::move(on_reply), units});
  append_command(waiting_.back().text, arguments);
}

void RateLimit::command_to(size_t node, std::initializer_list<std::string_view> arguments,
                           Redis::OnReply on_reply) {
  if (!timer_.active()) timer_.start(kTick, kTick);
  ++spent_;
  redis_.command_to(node, arguments, std::move(on_reply));
}

void RateLimit::give_back(size_t elements) {
  spent_ -= std::min(spent_, elements / kElements);
  send_waiting();
}

void RateLimit::charge(size_t elements) { spent_ += elements / kElements; }

void RateLimit::send_waiting() {
  while (!waiting_.empty() && spent_ < kBudget) {
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    spent_ += first.units;
    redis_.command_text(first.text, std::move(first.on_reply));
  }
}

void RateLimit::tick() {
  if (spent_ == 0) timer_.stop();
  spent_ -= std::min(spent_, kBudget);
  send_waiting();
}

}  // namespace kilometric

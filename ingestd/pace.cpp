#include "ingestd/pace.h"

#include <algorithm>
#include <utility>

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kTick{50};
/// A hundred keys with nothing to do, at two commands each, or 13 pages (4 ms of Redis in 50). So a million
/// such keys take eight minutes, and a year of entries ten seconds apart takes twelve seconds.
constexpr size_t kBudget = 200;
constexpr size_t kElements = 70;  ///< a unit; a page of 1000 entries takes Redis 0.3 ms

}  // namespace

void Pace::command(Arguments arguments, Redis::OnReply on_reply) {
  if (!timer_.active()) timer_.start(kTick, kTick);
  Waiting waiting{std::move(arguments), std::move(on_reply)};
  if (waiting_.empty() && spent_ < kBudget)
    send(std::move(waiting));
  else
    waiting_.push_back(std::move(waiting));
}

void Pace::send(Waiting waiting) {
  ++spent_;
  const std::vector<std::string_view> arguments(waiting.arguments.begin(), waiting.arguments.end());
  redis_.command(arguments, std::move(waiting.on_reply));
}

void Pace::charge(size_t elements) { spent_ += elements / kElements; }

void Pace::tick() {
  if (spent_ == 0) timer_.stop();
  spent_ -= std::min(spent_, kBudget);
  while (!waiting_.empty() && spent_ < kBudget) {
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(first));
  }
}

}  // namespace kilometric

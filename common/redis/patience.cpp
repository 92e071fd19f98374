#include "common/redis/patience.h"

#include <ctime>
#include <utility>

namespace kilometric {

using std::chrono::milliseconds;

CoarseClock::time_point CoarseClock::now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

Patience::Patience(Loop& loop, std::function<void()> on_end)
    : on_end_(std::move(on_end)), timer_(loop, [this] { on_timer(); }) {}

void Patience::start(milliseconds patience) {
  patience_ = patience;
  heard();
  timer_.start(patience);
}

void Patience::heard() noexcept {
  heard_at_ = CoarseClock::now();
  looked_again_ = false;
}

void Patience::on_timer() {
  const auto left = std::chrono::ceil<milliseconds>(heard_at_ + patience_ - CoarseClock::now());
  if (left > milliseconds(0)) return timer_.start(left);
  // libuv runs timers before it looks at sockets: when this process was the slow one, the answer may lie there
  // already.
  if (!std::exchange(looked_again_, true)) return timer_.start(milliseconds(1));
  on_end_();
}

}  // namespace kilometric

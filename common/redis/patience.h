// How long to wait for a sign of life from Redis.
//
// Owned by whoever waits: the connector for a try, the connection for replies. The timer is not restarted for
// each sign, which would cost more than the sign itself: when it ends it looks how long ago the last one came.
#pragma once

#include <chrono>
#include <functional>

#include "common/uv.h"

namespace kilometric {

/// As of the kernel's last tick, some milliseconds ago: it is asked with every answer, and costs a tenth of the
/// exact time.
struct CoarseClock {
  using time_point = std::chrono::steady_clock::time_point;
  static time_point now() noexcept;
};

class Patience {
 public:
  /// `on_end` may destroy this.
  Patience(Loop& loop, std::function<void()> on_end);

  void start(std::chrono::milliseconds patience);
  void heard() noexcept;  ///< a sign of life: it begins anew
  void stop() noexcept { timer_.stop(); }

 private:
  void on_timer();

  const std::function<void()> on_end_;
  Timer timer_;
  std::chrono::milliseconds patience_{};
  CoarseClock::time_point heard_at_;
  bool looked_again_ = false;
};

}  // namespace kilometric

// How long to wait before the next try of what keeps failing: each wait is twice the one before.
//
//   Backoff(100ms, 5s):  100 ms, 200 ms, 400 ms, ... 5 s, 5 s; after reset() 100 ms again
//
// Owned by whoever tries again: the connection to Redis, the sender, the tiers, the supervisor for a child.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace kilometric {

class Backoff {
 public:
  /// Requires 0 < least <= most.
  Backoff(std::chrono::milliseconds least, std::chrono::milliseconds most)
      : least_(least), most_(most), next_(least) {}

  std::chrono::milliseconds next() { return std::exchange(next_, std::min(next_ * 2, most_)); }

  /// The same, cut by up to a half at random: those who failed together do not come back together.
  std::chrono::milliseconds next_with_jitter() {
    const auto whole = next().count();
    return std::chrono::milliseconds(std::uniform_int_distribution(whole / 2, whole)(random_));
  }

  /// It has worked: the next wait is the least one.
  void reset() { next_ = least_; }

 private:
  const std::chrono::milliseconds least_;
  const std::chrono::milliseconds most_;
  std::chrono::milliseconds next_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace kilometric

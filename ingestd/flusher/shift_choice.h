// Chooses by what part of the interval this instance's flushes are shifted, see metronome.h. It keeps the shift
// that it has, or that Redis says it has registered; else it takes the middle of the widest gap between the
// shifts of the instances that have flushed lately, and, when there are none, a place of its own.
//
// Instances that choose in the same moment take the same gap, or, when they are the first, any places. So the
// flusher asks again once it has registered, and now and then: of two that are closer than half of an even
// share of the interval the one with the smaller number keeps its shift, and the other chooses another, which
// is farther from all.
//
// Owned by the flusher, on its loop. Where Redis refuses to tell, the choice is as if there were no others;
// where the connection is lost there is none, and ask() is to be called again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/clock.h"
#include "common/redis/redis.h"

namespace kilometric {

class ShiftChoice {
 public:
  static constexpr size_t kMostInstances = 1000;

  ShiftChoice(Redis& redis, const RedisClock& clock, uint64_t instance, std::chrono::milliseconds interval);

  /// Requires that the clock is known. `own`: the shift that the instance has, in millionths of the interval;
  /// `on_shift` is called with the one to have. Does nothing while an earlier call goes on.
  void ask(std::optional<uint64_t> own, std::function<void(uint64_t shift)> on_shift) noexcept;

 private:
  struct Other {
    std::string instance;
    uint64_t shift;
  };

  void ask_own() noexcept;
  void ask_instances() noexcept;
  void ask_shifts(const redisReply& instances) noexcept;
  void on_shift_of_another(const std::string& instance, const redisReply* reply) noexcept;
  bool must_yield() const noexcept;
  void choose() noexcept;
  void end(uint64_t shift) noexcept;

  Redis& redis_;
  const RedisClock& clock_;
  const uint64_t instance_;
  const int64_t lately_ms_;
  std::function<void(uint64_t)> on_shift_;  ///< empty while nothing is asked
  std::optional<uint64_t> own_;
  std::vector<Other> others_;
  size_t outstanding_ = 0;
  bool lost_ = false;
};

/// "0.375" for 375,000 millionths, and back; nullopt for what is none.
std::string shift_text(uint64_t shift);
std::optional<uint64_t> parse_shift(std::string_view text);

}  // namespace kilometric

// Redis' own time, so that all hosts agree on it and a wrong clock here cannot pin a stream in the
// future. Between two answers to TIME it is carried on by the time since boot, which nobody sets.
//
// It is never ahead of Redis, and behind by at most what the answer took. So the answer that came fastest is
// the best one. A slower one takes its place when both cannot be true (somebody has set Redis' clock), or when
// the clocks may have drifted apart by more than that since.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>

#include "common/clock.h"

namespace kilometric {

class RedisClock {
 public:
  /// What Redis has just told, and when it was asked, by boot_ms().
  void set(int64_t redis_ms, int64_t asked_ms = boot_ms()) {
    const int64_t now = boot_ms();
    const int64_t offset = redis_ms - now, doubt = now - asked_ms + 1;
    const int64_t doubt_before = doubt_ms_ + (now - set_ms_) / kDrift;
    if (offset_ms_ && doubt > doubt_before && std::abs(offset - *offset_ms_) <= doubt + doubt_before) return;
    offset_ms_ = offset;
    doubt_ms_ = doubt;
    set_ms_ = now;
  }
  bool known() const { return offset_ms_.has_value(); }

  /// Redis' time at `boot_ms`; only when known.
  int64_t at(int64_t boot_ms) const { return boot_ms + *offset_ms_; }
  /// When it was this late by Redis, by boot_ms(); only when known.
  int64_t boot_ms_at(int64_t redis_ms) const { return redis_ms - *offset_ms_; }
  int64_t now() const { return at(boot_ms()); }

 private:
  static constexpr int64_t kDrift = 5000;  ///< two clocks drift apart by at most a part in so many

  std::optional<int64_t> offset_ms_;
  int64_t doubt_ms_ = 0;  ///< by how much Redis may have been ahead
  int64_t set_ms_ = 0;    ///< by boot_ms()
};

}  // namespace kilometric

// Redis' own time, so that all hosts agree on it and a wrong clock here cannot pin a stream in the
// future. Between two answers to TIME it is carried on by the time since boot, which nobody sets.
#pragma once

#include <cstdint>
#include <optional>

#include "common/clock.h"

namespace kilometric {

class RedisClock {
 public:
  void set(int64_t redis_ms) { offset_ms_ = redis_ms - boot_ms(); }
  bool known() const { return offset_ms_.has_value(); }

  /// Redis' time at `boot_ms`; only when known.
  int64_t at(int64_t boot_ms) const { return boot_ms + *offset_ms_; }
  /// When it was this late by Redis, by boot_ms(); only when known.
  int64_t boot_ms_at(int64_t redis_ms) const { return redis_ms - *offset_ms_; }
  int64_t now() const { return at(boot_ms()); }

 private:
  std::optional<int64_t> offset_ms_;
};

}  // namespace kilometric

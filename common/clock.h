// Clocks, and times, in milliseconds.
//
// Every process calls these where it needs the time. They cannot fail: the clocks always exist.
#pragma once

#include <time.h>

#include <cstdint>

namespace kilometric {

inline int64_t clock_ms(clockid_t clock) noexcept {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

/// Since boot, suspended time included; no clock setting moves it. All processes agree on it.
inline int64_t boot_ms() noexcept { return clock_ms(CLOCK_BOOTTIME); }

/// Since boot, without the time the machine slept: for who waits for another process.
inline int64_t awake_ms() noexcept { return clock_ms(CLOCK_MONOTONIC); }

/// Since the epoch, by this host's clock, which may be wrong and may jump.
inline int64_t wall_ms() noexcept { return clock_ms(CLOCK_REALTIME); }

/// A length of time that others are counted in: an hour, a day.
struct Step {
  uint64_t ms;
};

/// The greatest multiple of `step` that is at most `ms`: the start of the hour (day) that holds it. `Step` is a
/// type of its own so that the two cannot be swapped.
constexpr uint64_t floor_to(Step step, uint64_t ms) noexcept { return ms - ms % step.ms; }

}  // namespace kilometric

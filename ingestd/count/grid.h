// The grid: where intervals end. The flusher sets it, by Redis' clock and a shift of its own (see
// ingestd/flusher/metronome.h), and publishes it in its file; workers seal their segments on it. All times are
// in ms by boot_ms(). Without a flusher everybody goes on by the last grid.
//
//   anchor 3, interval 10:   ends at ..., 3, 13, 23, 33, ...
#pragma once

#include <cstdint>

namespace kilometric {

struct Grid {
  int64_t anchor_ms = 0;  ///< any end
  int64_t interval_ms = 10'000;

  /// The last end that is not after `now`.
  int64_t last_end(int64_t now) const noexcept {
    const int64_t past = (now - anchor_ms) % interval_ms;
    return now - (past < 0 ? past + interval_ms : past);
  }

  /// The next end to wait for, after the one at `previous`. The grid moves by a few milliseconds as clocks are
  /// compared, and the same end must not come twice.
  int64_t next_end(int64_t now, int64_t previous) const noexcept {
    const int64_t next = last_end(now) + interval_ms;
    const int64_t gap = next - previous;
    return gap >= 0 && gap < interval_ms / 2 ? next + interval_ms : next;
  }

  /// The end of the interval that a segment sealed at `ms` belongs to: whoever seals may be up to a quarter of
  /// an interval late, or go by a grid that was a little different.
  int64_t end_for(int64_t ms) const noexcept { return last_end(ms - interval_ms / 4 - 1) + interval_ms; }
};

}  // namespace kilometric

// The metronome: where intervals end, for all processes of this instance. The grid runs by Redis' clock,
// shifted by a part of the interval that is the instance's own, so that hosts neither flush at once nor race
// for IDs, and a bucket as long as the interval holds one entry of each host.
//
// Owned by the flusher. It publishes the grid in the flusher's file, where workers read it, and moves it only
// when it is off by more than a few milliseconds. Until Redis has told its time the grid is the last one that
// was published, or one that runs since boot.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/redis/clock.h"
#include "ingestd/count/grid.h"
#include "ingestd/status/flusher_status.h"

namespace kilometric {

class Metronome {
 public:
  Metronome(FlusherStatus& status, int64_t interval_ms);

  const Grid& grid() const { return grid_; }

  /// `shift`: in millionths of the interval.
  void set_shift(uint64_t shift) { shift_ = shift; }
  std::optional<uint64_t> shift() const { return shift_; }

  /// Requires clock.known().
  void follow(const RedisClock& clock);

 private:
  FlusherStatus& status_;
  Grid grid_;
  std::optional<uint64_t> shift_;
};

/// The middle of the widest gap between shifts, in millionths of the interval: the place for one more. The
/// interval is a circle. `lonely`: the place when there are none.
uint64_t middle_of_widest_gap(std::vector<uint64_t> shifts, uint64_t lonely);

}  // namespace kilometric

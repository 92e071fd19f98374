// The schedule of the passes: when the next one begins. Pure; times are in ms by Redis' clock.
//
// A pass begins soon after each UTC hour: most keys need a flush or two until they have an entry in it, which
// closes the hour before; and not all hosts are to walk at once. After one with failures that may pass the next
// begins earlier: after a minute, then two, and so on up to an hour. One for new keys begins within seconds,
// but never more passes than take a twentieth of the time.
//
// One pass in 24 asks for the days of all keys; the others only of those whose hours say that a day has been
// closed. So it is with the first pass of a server, with one that follows a failure, and with the first that
// begins after 01:00 UTC: it is the hour from 00:00 on that closes a day, and most keys are asked for theirs
// then.
//
// Owned by the tiers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

#include "common/backoff.h"

namespace kilometric {

class Schedule {
 public:
  /// `interval`: between two flushes.
  explicit Schedule(std::chrono::milliseconds interval);

  /// The server may be another one.
  void begin_at_once();

  /// There are keys without a turn. When a pass runs, another follows it.
  void begin_soon(uint64_t now);

  /// Also when the clock was set back by more than an hour: the next pass might be far away.
  bool is_due(uint64_t now) const;
  uint64_t due_in(uint64_t now) const { return now < due() ? due() - now : 0; }

  void begin(uint64_t now);
  /// Whether the pass that has begun asks for the days of all keys.
  bool all_days() const { return all_days_; }
  /// `again`: something failed that may succeed soon.
  void end(uint64_t now, bool again);

 private:
  uint64_t due() const { return wanted_ ? std::min(*wanted_, due_) : due_; }

  const uint64_t interval_;
  uint64_t due_ = 0;                ///< when the next pass begins by the hour, or after failures,
  std::optional<uint64_t> wanted_;  ///< and when one that was asked for does
  uint64_t rest_until_ = 0;         ///< from the last pass, whatever keys there are
  uint64_t began_ = 0;              ///< the pass that runs, or ran last
  bool all_days_ = false;
  std::optional<uint64_t> asked_on_;  ///< the day on which all keys were last asked for theirs
  Backoff again_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace kilometric

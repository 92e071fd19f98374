// The registration: what this instance tells Redis of itself once everything that was harvested is there.
// Readers know by it which instances flush, and how they fare.
//
//   HGET kilometric:instance.<number> oldest
//   HSET kilometric:instance.<number> version, host, interval, shift, oldest, and how it fares
//   ZADD kilometric:instances <now, by Redis' clock> <number>
//
// `oldest` is what nobody trims at or above: other hosts hold back for a batch of ours that may yet be looked
// up. It never gets less, as others may have trimmed by it, or by none: where there was none it begins with
// now. So what is older than it (such as entries that were set aside, and counts of a worker that hung) is not
// held, and ingestd/send/lookup.h does not rely on it.
//
// How it fares is told, without the rest, also at a flush that the one before has not let be over: then batches
// wait. Lines that were rejected are told when others came, or when Redis had lost them.
//
// Both expire after a week without a flush; and of the other instances, those that have not flushed for a week
// are forgotten.
//
// Owned by the flusher, on its loop. A registration that is lost or refused is made up for by the next flush.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/redis/clock.h"
#include "common/redis/redis.h"
#include "ingestd/flusher/shift_choice.h"
#include "ingestd/status/flusher_status.h"

namespace kilometric {

class Registration {
 public:
  Registration(Redis& redis, const RedisClock& clock, FlusherStatus& status, uint64_t instance,
               std::chrono::milliseconds interval);

  /// In millionths of the interval; told from now on.
  void set_shift(uint64_t shift) { shift_ = shift_text(shift); }

  /// A flush begins, unless the last one is not over yet.
  void begin_flush() noexcept;

  /// A flush has begun, or nothing was ever told, since the last tell().
  bool due() const { return due_; }

  /// When Redis last took one, by boot_ms(); 0: it has not yet.
  int64_t told_ms() const { return told_ms_; }

  struct Report {
    uint64_t pending;          ///< batches in the spool
    uint64_t drops;            ///< datagrams that the kernel dropped
    uint64_t oldest_ms;        ///< of what may be looked up; the greatest number when there is nothing
    uint64_t spool_bytes = 0;  ///< of the batches
    bool append_only = true;
    std::string lines = {};     ///< see LineReport::lines()
    std::string busiest = {};   ///< see Harvester::busiest()
    std::string rejected = {};  ///< see rejected_text.h
  };

  /// Requires that the clock is known, and that nothing waits to be sent or looked up. `on_answer` is called
  /// when Redis has answered, or the connection was lost.
  void tell(const Report& report, std::function<void()> on_answer) noexcept;

  /// How it fares, while batches wait. Requires that the clock is known.
  void tell_of_waiting(const Report& report) noexcept { write_state(report, {}); }

 private:
  using Fields = std::vector<std::pair<std::string_view, std::string>>;

  void write(const Report& report, std::function<void()> on_answer) noexcept;
  void write_state(const Report& report, Fields more) noexcept;
  void end_flush() noexcept;
  void expire_in_a_week(std::string_view name) noexcept;
  void forget_the_gone() noexcept;
  void forget(const redisReply& gone) noexcept;

  Redis& redis_;
  const RedisClock& clock_;
  FlusherStatus& status_;
  const std::string instance_;
  const std::string interval_;  ///< in seconds
  std::string shift_;           ///< empty while it is not known
  uint64_t oldest_ms_ = 0;      ///< that was told last
  std::string rejected_;        ///< that was told last, if Redis has it
  int64_t told_ms_ = 0;
  const int64_t started_ms_;  ///< by boot_ms()
  uint64_t began_ns_ = 0;     ///< by uv_hrtime(), of a flush that is not over; 0: none
  bool due_ = true;
};

}  // namespace kilometric

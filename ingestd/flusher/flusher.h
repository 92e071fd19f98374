// The flusher: every interval it harvests all segments into the spool, has the sender deliver what is there,
// and tells Redis so; beside that it has the tiers filled. It is the only writer to Redis. One process; it
// dies and is restarted like a worker, and whatever it had in hand is in the segments, in the spool or
// in Redis.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/settings/settings.h"
#include "common/trouble.h"
#include "common/uv.h"
#include "ingestd/flusher/harvester.h"
#include "ingestd/flusher/metronome.h"
#include "ingestd/flusher/redis_run.h"
#include "ingestd/flusher/registration.h"
#include "ingestd/flusher/shift_choice.h"
#include "ingestd/process/channel.h"
#include "ingestd/send/sender.h"
#include "ingestd/send/told_keys.h"
#include "ingestd/spool/spool.h"
#include "ingestd/status/flusher_status.h"
#include "ingestd/status/line_report.h"
#include "ingestd/system/boot.h"
#include "ingestd/system/folder_lock.h"
#include "ingestd/tiers/tiers.h"

namespace kilometric {

class Flusher {
 public:
  explicit Flusher(const Settings& settings);

  /// Until told to stop; then a last harvest, and as much as Redis takes within the stop time.
  void run() { loop_.run(); }

 private:
  void await_end() noexcept;
  void on_end() noexcept;
  bool must_wait() noexcept;
  void flush() noexcept;
  void mind_index() noexcept;
  void harvest() noexcept;
  void tidy() noexcept;
  int64_t on_disk_ms() const noexcept;
  void on_other_run(const SlotSet& slots) noexcept;
  void on_time(bool first) noexcept;
  void follow_clock() noexcept;
  void choose_shift() noexcept;
  void forget_trimmed() noexcept;
  void on_down() noexcept;
  void on_drained() noexcept;
  bool leave_number() noexcept;
  void register_flush() noexcept;
  Registration::Report report() const;
  void update_status() noexcept;
  void say_ready() noexcept;
  void stop() noexcept;
  void finish() noexcept;

  Loop loop_;
  const Settings settings_;
  FolderLock lock_;  ///< waits for an orphan of a killed supervisor to be gone
  const uint64_t instance_;
  const Identity boot_ = boot_identity();
  FlusherFile file_;
  Spool spool_;
  RedisRun run_;
  Metronome metronome_;
  ShiftChoice shift_choice_;
  ToldKeys told_keys_;
  uint64_t losses_ = 0;  ///< of the index, that the tiers were told of
  Harvester harvester_;
  Sender sender_;
  Registration registration_;
  std::optional<Tiers> tiers_;  ///< until the stop
  LineReport report_;
  Channel channel_;
  Timer end_;
  int64_t harvested_ms_ = 0;  ///< the end of the interval that was harvested last
  int64_t end_ms_ = 0;        ///< of the interval that is to be harvested next, by boot_ms()
  int64_t review_ms_ = 0;     ///< the first registration from then on has the shift compared with others'
  int64_t review_gap_ms_ = 0;
  Timer deadline_;
  Trouble disk_trouble_;
  bool ready_ = false;
  bool stopping_ = false;
};

}  // namespace kilometric

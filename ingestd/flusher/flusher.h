// The flusher: every interval it harvests all segments into the spool and has the sender deliver
// what is there; beside that it has the tiers filled. It is the only writer to Redis. One process; it
// dies and is restarted like a worker, and whatever it had in hand is in the segments, in the spool or
// in Redis.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/redis/clock.h"
#include "common/redis/redis.h"
#include "common/settings/settings.h"
#include "common/uv.h"
#include "ingestd/flusher/harvester.h"
#include "ingestd/process/channel.h"
#include "ingestd/process/instance.h"
#include "ingestd/send/sender.h"
#include "ingestd/spool/spool.h"
#include "ingestd/status/flusher_status.h"
#include "ingestd/status/line_report.h"
#include "ingestd/tiers/tiers.h"

namespace kilometric {

class Flusher {
 public:
  explicit Flusher(const Settings& settings);

  /// Until told to stop; then a last harvest, and as much as Redis takes within the stop time.
  void run() { loop_.run(); }

 private:
  void tick() noexcept;
  void harvest() noexcept;
  void ask_run_and_time(bool reconnected) noexcept;
  void on_run(const redisReply* info, bool reconnected) noexcept;
  void on_time(const redisReply* reply) noexcept;
  void forget_trimmed() noexcept;
  void on_down(const std::string& reason) noexcept;
  void on_drained() noexcept;
  void register_flush() noexcept;
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
  RedisClock clock_;
  Harvester harvester_;
  Redis redis_;
  Sender sender_;
  std::optional<Tiers> tiers_;  ///< until the stop
  LineReport report_;
  Channel channel_;
  Timer flush_;
  Timer deadline_;
  std::string run_;         ///< run_id and replication id of the Redis last connected to
  std::string disk_error_;  ///< what was logged last, so that it is logged once
  std::string down_reason_;
  uint64_t flush_began_ns_ = 0;  ///< by uv_hrtime(), of a flush that is not over; 0: none
  bool ready_ = false;
  bool stopping_ = false;
  bool unregistered_ = true;  ///< something was flushed, or a tick passed, since the last registration
};

}  // namespace kilometric

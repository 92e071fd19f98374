// The Redis that this instance writes to: the connection to it, which run of it answers there, and its time.
//
// Owned by the flusher, on its loop. INFO, and then TIME, are asked whenever Redis is up again, and with
// every flush, also while a backlog is sent: who hears the time knows the run. A run may end without cutting
// connections, as when a replica takes over its place and its connections. Where INFO is forbidden, every new
// connection may be one to another run. A Redis that does not tell its time is dropped like one that does not
// answer, and so is one that has become a replica. Of a cluster all primaries are asked for INFO, one for
// TIME, and each slot has the run of its primary: it is another one when that is, or when the slot was given
// to another primary. The log speaks when Redis goes away, for each new reason, and when it is back; not when
// it closes a connection that is idle for long.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/redis/clock.h"
#include "common/redis/redis.h"
#include "common/trouble.h"
#include "common/uv.h"
#include "ingestd/flusher/persistence.h"

namespace kilometric {

class RedisRun {
 public:
  struct Events {
    std::function<void()> on_same_run;  ///< it has what it acknowledged
    /// In these slots it may lack what the last one acknowledged; where it is no cluster, in all.
    std::function<void(const SlotSet& slots)> on_other_run;
    std::function<void(bool first)> on_time;  ///< the clock was set; `first`: it had never been known
    std::function<void()> on_down;            ///< Redis went away, or could not be reached once more
  };

  RedisRun(Loop& loop, const RedisUrl& url, Events events);
  RedisRun(const RedisRun&) = delete;
  RedisRun& operator=(const RedisRun&) = delete;

  void start() { redis_.start(); }  ///< begins to connect
  void ask() noexcept { ask(false); }

  /// Not away, as far as is known: the connection may be about to be opened again.
  bool answers() const { return answers_; }

  Redis& redis() { return redis_; }
  const RedisClock& clock() const { return clock_; }
  /// Names the run that answered last; two of one name are one. Empty where INFO is forbidden.
  const std::string& name() const { return name_; }
  const std::optional<Persistence>& persistence() const { return persistence_; }

 private:
  /// Who answered last, by run_id and replication id, with its slots; " " where INFO is forbidden.
  using Runs = std::map<std::string, SlotSet>;
  struct Asked;

  void ask(bool reconnected) noexcept;
  void on_node(Asked& asked, const Redis::Node& node, const redisReply* info) noexcept;
  SlotSet slots_of_same_run(const Asked& asked) const;
  void on_infos(const Asked& asked) noexcept;
  void on_time(const redisReply* reply, int64_t asked_ms) noexcept;
  void on_down(const std::string& reason) noexcept;

  const Events events_;
  RedisClock clock_;
  Redis redis_;
  std::optional<Persistence> persistence_;
  Runs runs_;
  std::string name_;
  Trouble absence_;
  bool answers_ = false;  ///< since the connection came up it has told its time
};

}  // namespace kilometric

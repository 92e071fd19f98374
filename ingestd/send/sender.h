// Sends batches to Redis, oldest first, one at a time, so that each entry arrives exactly once.
//
// Of each entry:     XADD kilometric.<key> <ms>-<instance> count <delta>
//   an ID            it is there.
//   refused          the stream's top is at or past this ID. XRANGE key ID ID tells: there, from an
//                    earlier try whose answer was lost; or not there, because another host wrote a
//                    later entry first. Then it can never get in under this ID any more, and gets a
//                    new one above the top (XINFO STREAM), which goes to the spool before it is sent.
//   WRONGTYPE        the key holds something else: the entry is set aside, the others pass.
//   another error    was not executed (LOADING, READONLY, OOM, MISCONF, NOAUTH, ...): try again
//                    later, with a backoff and jitter.
//   no answer        the connection is lost: unknown. Send the same again when it is back.
//
// So sending again is always safe, and recovery is nothing but sending again: after a lost
// connection, after this process died, and, for batches kept since their acknowledgement, after
// Redis came back as another run.
//
// Owned by the flusher, on its loop. Disk errors are logged and tried again like Redis' errors.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/redis/clock.h"
#include "common/redis/redis.h"
#include "common/uv.h"
#include "ingestd/send/entry_command.h"
#include "ingestd/spool/spool.h"

namespace kilometric {

class Sender {
 public:
  /// `on_drained`: nothing is left to send. It may be called again and again.
  Sender(Loop& loop, Redis& redis, Spool& spool, const RedisClock& clock, Identity boot,
         std::function<void()> on_drained);

  /// There may be something to send: Redis is up, or a batch was stored.
  void kick() noexcept;

  /// Redis is another run: what it has acknowledged of the batch at hand counts for nothing. Sending
  /// begins anew from the spool, once what is on its way is answered.
  void restart() noexcept { stale_ = true; }

  /// From now on no batch takes its time: the process is to stop.
  void hurry() noexcept { stopping_ = true; }

  uint64_t entries_sent() const { return entries_sent_; }
  uint64_t entries_aside() const { return entries_aside_; }

 private:
  enum class EntryState : uint8_t { todo, sent, done, late, aside };

  bool open_next();
  std::string id_of(const BatchEntry& entry) const;
  Batch give_ids(Batch batch);
  size_t window();
  bool going() const { return trouble_.empty() && !lost_ && !stale_; }
  void advance();
  void pump();
  void send_entry(size_t index);
  void send_index();
  void look_for(size_t index);
  void ask_top(size_t index);
  void on_added(size_t index, const redisReply* reply);
  void on_looked(size_t index, const redisReply* reply);
  void on_top(size_t index, const redisReply* reply);
  void answered() noexcept;
  void settle_batch();
  void trouble(const redisReply* reply);
  void back_off() noexcept;

  Loop& loop_;
  Redis& redis_;
  Spool& spool_;
  const RedisClock& clock_;
  Identity boot_;
  std::function<void()> on_drained_;
  Timer retry_;
  std::chrono::milliseconds wait_;
  std::minstd_rand random_{std::random_device{}()};

  Batch batch_;
  std::vector<EntryState> states_;
  std::map<size_t, uint64_t> late_;  ///< index -> the stream's top, in ms
  EntryCommand command_;
  std::optional<uint64_t> command_ms_;  ///< of the entries whose ID it has
  uint64_t began_ms_ = 0;               ///< of this batch, by the loop's time
  bool hurried_ = false;                ///< this batch is
  bool stopping_ = false;
  size_t next_ = 0;
  size_t index_next_ = 0;
  size_t in_flight_ = 0;
  std::string trouble_;
  bool lost_ = false;
  bool stale_ = false;
  std::string last_trouble_;

  uint64_t entries_sent_ = 0;
  uint64_t entries_aside_ = 0;
};

}  // namespace kilometric

// Sends batches to Redis, oldest first, one at a time, so that each entry arrives exactly once.
//
// Of each entry:     XADD kilometric.<key> <ms>-<instance> count <delta>
//   (of an event:    XADD kilometric:events MAXLEN ~ <most> <ms>-<its number> ...)
//   an ID            it is there.
//   refused          the stream's top is at or past this ID. XRANGE key ID ID tells: there, from an
//                    earlier try whose answer was lost; or not there, because another host wrote a
//                    later entry first. Then it can never get in under this ID any more, and gets a
//                    new one above the top (XINFO STREAM), which goes to the spool before it is sent.
//                    Where the top is past every time there is none: the entry is set aside. And where
//                    it may have been there and trimmed since, see lookup.h, it is left in the spool.
//                    An ID that was never sent before and is there all the same is another's:
//                    two installations have one number, see met_twin().
//   WRONGTYPE        the key holds something else: the entry is set aside, the others pass.
//   another error    was not executed (LOADING, READONLY, OOM, MISCONF, NOAUTH, ...): try again
//                    later, with a backoff and jitter. The log names the first command that met it.
//   no answer        the connection is lost: unknown. Send the same again when it is back.
//
// So sending again is always safe, and recovery is nothing but sending again: after a lost
// connection, after this process died, and, for batches kept since their acknowledgement, after
// Redis came back as another run.
//
// Owned by the flusher, on its loop. Disk errors are logged and tried again like Redis' errors.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/backoff.h"
#include "common/redis/clock.h"
#include "common/redis/redis.h"
#include "common/trouble.h"
#include "common/uv.h"
#include "ingestd/send/aside_log.h"
#include "ingestd/send/key_registration.h"
#include "ingestd/send/lookup.h"
#include "ingestd/send/open_batch.h"
#include "ingestd/send/window.h"
#include "ingestd/spool/spool.h"
#include "ingestd/system/identity.h"

namespace kilometric {

class Sender {
 public:
  /// `on_drained`: nothing is left to send. It may be called again and again.
  Sender(Loop& loop, Redis& redis, Spool& spool, const RedisClock& clock, Identity boot, ToldKeys& told_keys,
         std::function<void()> on_drained);

  /// There may be something to send: Redis is up, or a batch was stored.
  void kick() noexcept;

  /// Redis is another run in these slots: what it has acknowledged of the batch at hand counts for nothing.
  /// Sending begins anew from the spool, once what is on its way is answered; of batches that were kept, in the
  /// slots that are in doubt.
  void doubt(const SlotSet& slots) noexcept {
    doubted_ |= slots;
    stale_ = true;
  }

  /// From now on no batch takes its time: the process is to stop.
  void hurry() noexcept { window_.hurry(); }

  /// Another installation has given out this one's IDs. Nothing was lost, but to go on so costs both.
  bool met_twin() const { return met_twin_; }

  /// When Redis took the first entry of a batch of which it took any, the last such batch, by boot_ms(); 0:
  /// none.
  int64_t wrote_ms() const { return wrote_ms_; }

  /// In the order of kKinds.
  const std::array<uint64_t, kKinds.size()>& entries_sent() const { return entries_sent_; }
  uint64_t events_sent() const { return events_sent_; }
  uint64_t entries_aside() const { return entries_aside_; }
  uint64_t entries_doubtful() const { return entries_doubtful_; }

 private:
  bool open_next();
  Batch give_ids(Batch batch);
  bool going() const { return trouble_.empty() && !lost_ && !stale_; }
  void advance();
  void pump();
  void send_entry(size_t index);
  void on_added(size_t index, const redisReply* reply);
  void on_written(size_t index);
  void look_for(size_t index);
  std::string record_of(size_t index) const;
  void on_there(size_t index);
  void send_again(size_t index, const redisReply* reply);
  void send_keys();
  void look_before(size_t index);
  void answered() noexcept;
  void settle_batch();
  void put_aside();
  void leave_doubtful();
  void give_new_ids();
  void stand_still(const redisReply* reply, std::string_view command, std::string_view name);
  void back_off() noexcept;

  Redis& redis_;
  Spool& spool_;
  const RedisClock& clock_;
  Identity boot_;
  std::function<void()> on_drained_;
  Window window_;
  Timer retry_;
  Backoff backoff_;

  OpenBatch open_;  ///< empty: none
  KeyRegistration keys_;
  size_t in_flight_ = 0;               ///< commands, and look-ups
  std::string trouble_;                ///< an error that something ended with; empty: none
  bool lost_ = false;                  ///< the connection, since the last kick()
  bool stale_ = false;                 ///< see doubt()
  SlotSet doubted_ = SlotSet().set();  ///< in which kept batches are to be looked up; at first nothing is known
  uint64_t untried_from_;  ///< batches from this number on were never opened, by this process or an earlier one
  Tried tried_ = Tried::maybe;  ///< the batch at hand
  bool unanswered_ = false;     ///< and answers of it may have been lost, now or by an earlier process
  bool wrote_ = false;          ///< something of the batch at hand
  int64_t wrote_ms_ = 0;
  bool met_twin_ = false;
  bool rested_ = true;  ///< since the batch at hand got new IDs
  Trouble told_;
  AsideLog aside_log_;

  std::array<uint64_t, kKinds.size()> entries_sent_{};
  uint64_t events_sent_ = 0;
  uint64_t entries_aside_ = 0;
  uint64_t entries_doubtful_ = 0;
};

}  // namespace kilometric

// The spool: the batches not yet known to be safe in Redis, as files in the state folder.
//
//   spool/pending/<n>   stored, and not yet acknowledged whole; sent oldest first, one at a time
//   spool/kept/<n>      acknowledged, and Redis has not run for two minutes since: longer than any
//                       fsync or replication lag; or no snapshot has it, where Redis keeps nothing else.
//                       When it is another run they are looked up again
//   spool/aside/<n>     entries of batch n whose stream's key holds something else (WRONGTYPE).
//                       They count as no part of batch n as long as this file is there; once n is
//                       no longer kept they become pending again, about once a minute
//   spool/doubtful/<n>  entries of batch n that may have been counted and trimmed since, see
//                       ingestd/send/lookup.h. They are no part of batch n either, and stay until somebody
//                       removes the file, or moves it to spool/aside while no ingestd runs, to have them
//                       counted
//   spool/unborn        being written; see ingestd/spool/spool_folder.h
//   spool/last          the last number and the last ms that were given out, see new_ms()
//   spool/run           the run of Redis that acknowledged all that is kept; none while that is not sure
//
// A rename is the moment at which anything comes true. Numbers grow. A batch that another was merged
// into says which one it covers; should that one still be there, it is a leftover and removed. One that
// cannot be removed is remembered, and the batch that covers it is neither merged nor removed before it is
// gone: else the next process would take it for a batch, and count it twice.
//
// What is where, and since when, is in the ledger; what was set aside, in entries_aside.h.
//
// Limit: when the pending files exceed it, the two oldest batches that nobody has tried to send are
// merged into one: resolution is lost, counts are not, and of events the newest stay, as many as their stream
// keeps: older ones would be gone from it, too. What is kept for longer than two minutes, because no
// snapshot has it, has the room that pending batches leave, and six hours: past that the oldest goes.
//
// Owned by the flusher. Nothing of a batch stays in memory but its number, size and oldest ms. When the disk
// does not let us read or write, that is a std::system_error, nothing has changed, and the same may be tried
// again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ingestd/spool/batch.h"
#include "ingestd/spool/entries_aside.h"
#include "ingestd/spool/given_out.h"
#include "ingestd/spool/ledger.h"
#include "ingestd/spool/leftovers.h"
#include "ingestd/spool/spool_folder.h"
#include "ingestd/system/identity.h"

namespace kilometric {

class Spool {
 public:
  static constexpr int64_t kKeepMs = 120'000;
  static constexpr int64_t kMostKeepMs = 6 * 3'600'000;
  static constexpr int64_t kAsideRetryMs = 60'000;
  static constexpr uint64_t kDefaultMostEvents = 10'000;

  /// Makes the folders, or takes over what is in them. Everything kept is up for another look: what
  /// became of Redis meanwhile is not known.
  Spool(const std::filesystem::path& state_folder, uint64_t limit_bytes,
        uint64_t most_events = kDefaultMostEvents);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// That their stream in Redis keeps.
  uint64_t most_events() const { return most_events_; }

  uint64_t last_number() const { return given_out_.last_number(); }

  /// The first half of a new entry ID: `now_ms`, or one more than the last, whichever is greater.
  /// No two batches may share an ID: the second would be taken for the first, and lost.
  uint64_t new_ms(int64_t now_ms) { return given_out_.new_ms(now_ms); }

  size_t pending() const { return ledger_.pending(); }
  size_t to_send() const { return ledger_.to_send(); }  ///< pending, or kept and to be looked up
  size_t set_aside() const { return aside_.size(); }
  size_t doubtful() const { return doubtful_.size(); }
  uint64_t bytes() const { return ledger_.pending_bytes(); }
  uint64_t merges() const { return merges_; }
  size_t kept() const { return ledger_.kept(); }
  uint64_t given_up() const { return given_up_; }  ///< of what is kept, at its limit
  uint64_t unreadable() const {
    return pending_folder_.unreadable() + kept_folder_.unreadable() + aside_.folder().unreadable() +
           doubtful_.folder().unreadable();
  }

  /// First halves of the IDs of what is pending or may be looked up are not below this. For it Redis may yet be
  /// asked whether an entry is there, so what is there must not be trimmed. The greatest number when there is
  /// none.
  uint64_t oldest_ms() const { return ledger_.oldest_ms(); }

  /// For a new batch: writes it with `write`, and from then on it is pending. It names also what lies there of
  /// earlier harvests, so that no file is the only one to know that.
  using Write = SpoolFolder::Write;
  void store(const BatchHeader& header, const Write& write);

  /// Merges what is pending until it is within the limit, and what was set aside or is doubtful.
  void merge();

  /// The batch to be sent or looked up next; empty when there is none.
  Batch next();

  /// Whether it may have been sent before, by this process or an earlier one. It is sent from now on.
  bool try_batch(uint64_t number) { return ledger_.try_batch(number); }

  /// Entries of the batch that were set aside or are doubtful, and so are no part of it now.
  using Entries = EntriesAside::Entries;
  Entries excluded(const Batch& batch);

  /// Every entry of the batch is acknowledged.
  void acknowledge(uint64_t number, int64_t now_ms);

  /// Gives entries of the batch (by index) an ID of their own. Returns the batch as it is now.
  Batch change_ids(const Batch& batch, const std::map<size_t, uint64_t>& ms);

  /// Takes these entries (by index) out of the batch. Doing it again changes nothing.
  void put_entries_aside(const Batch& batch, const std::vector<size_t>& entries) { aside_.put(batch, entries); }
  /// The same for good. Returns where they are now.
  std::filesystem::path leave_doubtful(const Batch& batch, const std::vector<size_t>& entries);

  /// Removes what an earlier process has kept from before `ms`. Redis has had it for long; and may have
  /// trimmed it meanwhile, so that it would be missed, and sent a second time. What must stay, because it names
  /// segments that are still there, is not looked up any more.
  void forget_kept_before(uint64_t ms);

  /// Redis is another run now, or is met for the first time: all kept batches are looked up again, unless this
  /// is the run that acknowledged them for an earlier process. `run`: its name, if it has one.
  void meet_run(std::string_view run, int64_t now_ms);

  /// To be called when Redis is seen to be the same run still: removes what it has had for long
  /// enough, and gives what was set aside another try. `on_disk_ms`: what it acknowledged until then is on its
  /// disk.
  void tidy(std::string_view run, int64_t now_ms, int64_t on_disk_ms);

  /// Segments that a batch names and that are still there, as far as is known: of all batches that were taken
  /// over, until forget_harvested() says that one is gone. As long as it is here, a batch that names it stays.
  const std::set<Identity>& harvested() const { return harvested_; }
  void note_harvested(const Identity& segment) { harvested_.insert(segment); }
  void forget_harvested(const Identity& segment) { harvested_.erase(segment); }

  /// Every batch there is, newest first, as long as `visit` returns true.
  void newest_first(const std::function<bool(const Batch&)>& visit);

 private:
  using Found = std::map<uint64_t, SpoolFolder::Found>;
  void make_folders() const;
  Found take_over(SpoolFolder& folder);
  void remove_covered(const Found& found);
  void retry_aside(uint64_t number);
  void note_run(std::string_view run);
  void forget_run();
  void remove_settled();
  bool may_go(uint64_t number);
  bool merge_pending();
  bool merge(EntriesAside& aside);

  SpoolFolder pending_folder_, kept_folder_;
  EntriesAside aside_, doubtful_;
  Leftovers leftovers_;
  GivenOut given_out_;
  Ledger ledger_;
  uint64_t limit_;
  uint64_t most_events_;
  std::set<Identity> harvested_;
  uint64_t stored_ = 0, stored_before_ = 0;  ///< the last two numbers that this process stored
  uint64_t merges_ = 0;
  uint64_t given_up_ = 0;
  std::filesystem::path run_path_;
  std::string run_;  ///< as in spool/run
  int64_t aside_retry_ms_ = 0;
};

}  // namespace kilometric

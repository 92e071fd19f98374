// The batch that is being sent, with the state of each of its entries, and the ID and the command for each.
// An entry is named by its index in the batch.
//
// Owned by the sender, one at a time. It speaks neither to Redis nor to the spool.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/slots.h"
#include "ingestd/send/entry_command.h"
#include "ingestd/spool/spool.h"

namespace kilometric {

class OpenBatch {
 public:
  enum class State : uint8_t {
    todo,
    sent,       ///< and not yet answered
    done,       ///< it is in its stream, or was set aside
    late,       ///< it needs a new ID
    no_stream,  ///< it has to be set aside: what has its stream's name is none
    full,       ///< it has to be set aside: its stream takes no entry any more
    doubtful,   ///< it has to be left: it may have been counted, and trimmed since
  };

  OpenBatch() = default;
  /// `excluded`: entries that were set aside before. `most_events`: see EntryCommand.
  OpenBatch(Batch batch, const Spool::Entries& excluded, uint64_t most_events = Spool::kDefaultMostEvents);

  /// What is to do in these slots counts as done.
  void leave_out(const SlotSet& slots);

  explicit operator bool() const { return static_cast<bool>(batch_); }
  const Batch& batch() const { return batch_; }
  size_t size() const { return states_.size(); }

  /// The next entry that is to do, in their order; it counts as sent from now on. nullopt: all were passed
  /// since the last go_over_again().
  std::optional<size_t> take_next();
  bool all_taken() const { return next_ == states_.size(); }
  void go_over_again() { next_ = 0; }

  bool is_event(size_t index) const { return batch_.key(index).kind == Kind::event; }
  std::string stream_of(size_t index) const;
  uint64_t ms_of(size_t index) const { return batch_.ms(batch_[index]); }  ///< of its ID
  std::string id_of(size_t index) const;
  /// XADD; valid until the next call.
  std::string_view command_of(size_t index);

  void set(size_t index, State state) { states_[index] = state; }
  /// `top_ms`: of its stream's last entry.
  void set_late(size_t index, uint64_t top_ms);

  State state_of(size_t index) const { return states_[index]; }

  /// Those that are to be set aside.
  std::vector<size_t> aside() const;
  std::vector<size_t> doubtful() const;
  bool any_late() const { return !late_.empty(); }
  /// Those that need a new ID, with the first half of a new one: above the stream's top, above the old one, and
  /// not before `now`.
  std::map<size_t, uint64_t> new_ids(uint64_t now) const;
  /// `batch`: this one with the new IDs; those that were late are to do again.
  void take_new_ids(Batch batch);
  bool all_done() const;

 private:
  Batch batch_;
  std::vector<State> states_;
  std::map<size_t, uint64_t> late_;  ///< index -> the stream's top, in ms
  size_t next_ = 0;
  EntryCommand command_;
  /// BatchEntry::ms of the metrics whose ID the command has; nullopt: it has none of theirs.
  std::optional<uint64_t> command_ms_;
};

}  // namespace kilometric

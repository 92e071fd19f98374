// One key's turn in a pass: its streams are trimmed, its tiers filled, and it leaves the index when
// nothing of it is left.
//
//   when something is to be trimmed, it asks for the last hour, packed hour and day, of a gauge also for the
//   last raw entry, and trims the four streams; when all is kept for ever, it asks for the last hour only. Then
//   it asks for the last raw entry and fills the hours. When these went on to another day, it asks for the last
//   day and fills the days. Without a raw entry and without tiers the key leaves the index.
//
// Hours are packed where that pays: once the raw stream is longer than a page, and from its first entry on.
// What was not packed when its sum was made, as the stream was short, or by an earlier version, is looked for
// in the turns that ask for the last day whatever the hours say, and whenever an hour has been closed.
//
// A key that has been idle for a week gives back the room that Redis reserves in its streams, see
// give_room_back().
//
// What another turn has left half done, its hours filled and its days not, is not seen by the hours. So some
// turns ask for the last day whatever the hours say, see ingestd/tiers/schedule.h.
//
// A tier's top is its last entry. Trimming goes by the tops as they were at the start, so what a tier gets in
// this turn is removed from the finer stream in a later one at the earliest. Nor is anything removed that a
// batch in the spool may yet be looked up by: an entry that is missing there is sent again.
// A key with something else than a stream under one of its names is left as it is.
//
// Owned by the replies it waits for: dropping these ends it without a call.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/metric/kind.h"
#include "ingestd/status/flusher_status.h"
#include "ingestd/tiers/failure.h"
#include "ingestd/tiers/rate_limit.h"
#include "ingestd/tiers/retention.h"
#include "ingestd/tiers/tier_writer.h"

namespace kilometric {

class KeyTurn : public std::enable_shared_from_this<KeyTurn> {
 public:
  struct Context {
    RateLimit& rate_limit;
    FlusherStatus& status;
    const Retentions& retentions;
    std::function<uint64_t()> oldest_ms;  ///< of the entries that may yet be looked up
    /// Whoever told the index of it is to do so again.
    std::function<void(Kind kind, std::string_view key)> on_left_index;
  };
  using OnEnd = std::function<void(const std::string& key, const std::optional<Failure>& failure)>;

  /// `now`: ms by Redis' clock. `all_days`: the days are filled whatever the hours say. Requires `context` to
  /// outlive this.
  KeyTurn(const Context& context, Kind kind, std::string key, uint64_t now, bool all_days, OnEnd on_end);

  /// Requires that a shared_ptr owns it.
  void start();

 private:
  using Top = std::optional<uint64_t>;  ///< ms of a stream's last entry
  using Lack = std::optional<IdRange>;  ///< what a tier lacks, see TierWriter::Tier

  void ask_points_top(std::function<void()> then);
  void ask_day_top(std::function<void()> then);
  void trim();
  void keep_last(const Boundaries& below);
  void trim(const Boundaries& below);
  void fill_hours();
  void fill_hours(const Lack& sums);
  void ask_packed(std::function<void(bool)> then);
  void on_hours(Top filled);
  void fill_days();
  void leave();
  bool is_idle() const;
  void give_room_back();
  void leave_if_empty();
  void end_unless_empty(const std::string& stream, std::function<void()> then);
  void leave_index();

  /// Each goes on with `then` when all is well, else ends the turn.
  void ask_number(std::initializer_list<std::string_view> arguments, std::function<void(uint64_t)> then);
  void ask_top(const std::string& stream, std::function<void(Top)> then);
  /// An entry's ms, when there is one.
  void ask_one(std::initializer_list<std::string_view> arguments, std::function<void(Top)> then);
  void trim(const std::string& stream, uint64_t below, std::function<void()> then);
  void ask_lack(const std::string& source, uint64_t step, Top tier_top, Top last,
                std::function<void(const Lack&)> then);
  void write(TierWriter::Work work, std::function<void(Top)> then);
  void end(const std::optional<Failure>& failure) { on_end_(key_, failure); }

  const Context& context_;
  const Retention& retention_;
  const Kind kind_;
  const std::string key_;
  const std::string raw_, points_, hour_, day_;  ///< the streams' names
  const uint64_t now_;
  const bool all_days_;
  const OnEnd on_end_;
  Top raw_top_;
  Tops tops_;
};

}  // namespace kilometric

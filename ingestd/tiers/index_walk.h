// A walk over the index of keys of each kind, page by page; each key has its turn, a few at a time.
//
// Owned by the tiers. A lost connection interrupts it: resume() goes on with the page it was at, whose
// turns are taken again. When that page loses the connection again and nothing was written in between, its
// keys have their turns one at a time, and one that then loses it is passed over: what it holds may be too
// much for Redis or for us. Any other failure ends only the turn of its key; the report tells of it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "ingestd/tiers/key_turn.h"

namespace kilometric {

class IndexWalk {
 public:
  /// What went wrong on the way.
  struct Report {
    uint64_t failures = 0;
    bool again = false;         ///< some of it may pass: worth a second try soon
    std::string text, example;  ///< of the first failure: in Redis' words, and its key

    void add(const Failure& failure, std::string_view key);
  };

  /// `now`: ms by Redis' clock. `on_end`: the index was walked to its end, or could not be.
  IndexWalk(KeyTurn::Context context, std::function<uint64_t()> now, std::function<void(const Report&)> on_end)
      : context_(std::move(context)), now_(std::move(now)), on_end_(std::move(on_end)) {}

  /// `all_days`: each turn asks for its key's days, see KeyTurn.
  void begin(bool all_days);
  void resume();  ///< Redis is back

 private:
  void begin_index();
  void ask_page();
  void on_page(const redisReply* reply);
  void take_turns();
  void on_turn(const std::string& key, const std::optional<Failure>& failure);
  bool one_at_a_time() const;
  void count_loss();
  void settle();
  void end_index();

  const KeyTurn::Context context_;
  const std::function<uint64_t()> now_;
  const std::function<void(const Report&)> on_end_;
  bool all_days_ = false;
  size_t row_ = 0;                ///< of kKinds: whose index
  std::string after_;             ///< the last key of the pages before
  std::deque<std::string> page_;  ///< keys without a turn yet
  std::string page_end_;
  bool last_page_ = false;
  size_t in_flight_ = 0;
  bool lost_ = false;
  int losses_ = 0;     ///< in a row, on this page, without progress
  uint64_t done_ = 0;  ///< entries written and trimmed up to the last of them
  Report report_;
};

}  // namespace kilometric

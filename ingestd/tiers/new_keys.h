// Gives keys that are new to the index, and have a history, their turn at once, ahead of the next pass: some
// other may have written years of it into the stream, which takes a reader seconds while there are no tiers.
//
// Owned by the tiers, which are told of what the sender has found. A turn that fails is left to a pass, which
// begins soon; so are those that wait when the connection is lost.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "ingestd/tiers/key_turn.h"

namespace kilometric {

class NewKeys {
 public:
  /// `now`: ms by Redis' clock.
  /// `on_missed`: a key has had no turn, and a pass may give it one.
  NewKeys(KeyTurn::Context context, std::function<uint64_t()> now, std::function<void()> on_missed)
      : context_(std::move(context)), now_(std::move(now)), on_missed_(std::move(on_missed)) {}

  void add(Kind kind, std::string key);

 private:
  struct Key {
    Kind kind;
    std::string name;
  };

  void take_turns();
  void on_turn(const std::optional<Failure>& failure);

  const KeyTurn::Context context_;
  const std::function<uint64_t()> now_;
  const std::function<void()> on_missed_;
  std::deque<Key> waiting_;
  size_t in_flight_ = 0;
};

}  // namespace kilometric

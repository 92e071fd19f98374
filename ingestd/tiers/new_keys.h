// Gives keys that are new to the index their turn at once, ahead of the next pass.
//
// Most have but one entry, and their turn is three short commands; but some other may have written years of
// history into the stream, which takes a reader seconds while there are no tiers.
//
// Owned by the tiers, which are told of what the sender has found new. A turn that fails is left to the next
// pass, which begins soon as the index has grown; so are those that wait when the connection is lost.
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
  NewKeys(KeyTurn::Context context, std::function<uint64_t()> now)
      : context_(std::move(context)), now_(std::move(now)) {}

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
  std::deque<Key> waiting_;
  size_t in_flight_ = 0;
};

}  // namespace kilometric

// Matches keys with patterns and tags in slices of time: a hostile pattern may need a second for a page of
// keys, and everybody else would wait for it. Patterns that are asked for at the same time take turns.
//
// Owned by the index of keys.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/uv.h"
#include "readerd/keys/key_filter.h"
#include "readerd/store/alive.h"

namespace kilometric {

class Matching {
 public:
  explicit Matching(Loop& loop) : slice_(loop, [this] { run(); }) {}

  using Keys = std::vector<std::string>;
  using OnMatched = std::function<void(const std::vector<bool>& matched)>;

  /// Calls `on_matched` once, later, with the verdict on each key; never, once it is not `alive` any more.
  /// Requires that what `filter` looks at lives until then.
  void match(const KeyFilter& filter, Keys keys, Alive alive, OnMatched on_matched);

 private:
  struct Work {
    KeyFilter filter;
    Keys keys;
    Alive alive;
    OnMatched on_matched;
    std::vector<bool> matched;
  };

  void run();

  std::deque<std::unique_ptr<Work>> works_;  ///< each has a slice in turn
  NextTurn slice_;
};

}  // namespace kilometric

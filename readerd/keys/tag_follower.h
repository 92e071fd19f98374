// Keeps an index of tags in step with the indexes of keys in Redis, by walking over all of them, page after
// page, again and again.
//
// The first who asks waits for a walk. From then on one begins ten seconds after the one before has ended, or
// as much later that walks take at most a tenth of the time; so what is told is at most two usual intervals
// old. When nobody has asked for ten minutes all is forgotten: who never asks pays nothing. When Redis is lost
// amid a walk, those who wait are refused, and the next one waits for a new walk.
//
// Owned by the Routes. It may die while a question to Redis is on its way.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/http/refusal.h"
#include "common/uv.h"
#include "readerd/keys/tag_index.h"
#include "readerd/status/metrics.h"
#include "readerd/store/store.h"

namespace kilometric {

class TagFollower {
 public:
  static constexpr std::chrono::milliseconds kPause{10'000};
  static constexpr std::chrono::milliseconds kUnused{600'000};

  TagFollower(Loop& loop, Store& store, Metrics& metrics)
      : store_(store), metrics_(metrics), timer_(loop, [this] { on_time(); }) {}

  /// nullptr: with a refusal.
  using OnKnown = std::function<void(const TagIndex* index, const Refusal& refusal)>;
  /// Calls `on_known` once: at once, when the tags are known, or later; never, once it is not `alive` any more.
  void when_known(Alive alive, OnKnown on_known);

 private:
  void begin_walk();
  void ask(const std::string& least);
  void on_page(const Store::Keys& keys);
  void end_walk();
  void give_up(const Refusal& refusal);
  void tell_all(const Refusal& refusal);
  void tell_metrics();
  void on_time();

  Store& store_;
  Metrics& metrics_;
  Timer timer_;
  std::optional<TagIndex> index_;  ///< while it is followed
  bool known_ = false;             ///< a walk has come to its end
  size_t kind_ = 0;                ///< the row of the kind that is walked over
  uint64_t used_ = 0, begun_ = 0;  ///< when somebody asked last, when the last walk began; by uv_hrtime()
  std::vector<std::pair<Alive, OnKnown>> waiting_;
  const std::shared_ptr<int> life_ = std::make_shared<int>();  ///< what questions hold against our end
};

}  // namespace kilometric

// Where a cluster's slots lie, by its nodes: asks them in turn until one knows, and again four times a second,
// as they make replicas primaries, and move slots.
//
//   CLUSTER INFO     whether the cluster is well as this node sees it, and how new its view is
//   CLUSTER SLOTS    who has which slots
//
// Owned by what is connected to the cluster (common/redis/cluster.h), on its loop. The node that answered is
// asked again over the same connection, one of its own, until it is lost, or says what will not do. A view that
// is older than the last one told is passed over: a node that was cut off has such a one. Each call of an event
// is the last thing that is done in a turn, so the owner may destroy this there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/redis/redis.h"
#include "common/redis/slots.h"
#include "common/redis/url.h"
#include "common/uv.h"

namespace kilometric {

class ClusterGuide {
 public:
  struct Events {
    std::function<void(SlotMap map)> on_told;                  ///< at each answer, alike or not
    std::function<void(const std::string& reason)> on_failed;  ///< none of them knows
  };

  /// Requires `url` to outlive this, and to name nodes.
  ClusterGuide(Loop& loop, const RedisUrl& url, Events events);

  /// Begins to ask, and goes on with it. Now, if they are not just being asked.
  void ask();

  /// What was told would not do: another node is asked next, and may say what is older.
  void doubt();

  void stop();  ///< nothing is called any more

 private:
  void ask_next();
  void send();
  void on_info(const redisReply& reply);
  void on_slots(const redisReply& reply);
  void on_down(const std::string& reason);
  void pass_over(std::string reason);
  void fail();

  Loop& loop_;
  const RedisUrl& url_;
  const Events events_;
  Timer pause_;                             ///< until they are asked again
  std::unique_ptr<Redis> redis_;            ///< to the node that is asked, or answered last; nullptr: to none
  std::vector<RedisUrl::Host> candidates_;  ///< those of the URL, and then those that the last answer told of
  std::vector<std::string> failures_;       ///< why each one's answer did not do, of this time
  size_t at_ = 0;                           ///< the node that is asked, or is to be first
  size_t left_ = 0;            ///< how many have not been asked this time, and that one; 0: none is asked
  uint64_t epoch_ = 0;         ///< of what was told last, by the cluster's count
  uint64_t asked_epoch_ = 0;   ///< of the node that is asked
  std::string asked_failure_;  ///< what its CLUSTER INFO says against it; empty: nothing
};

/// How one node of the cluster is reached.
RedisUrl url_of_node(const RedisUrl& url, const RedisUrl::Host& node);

}  // namespace kilometric

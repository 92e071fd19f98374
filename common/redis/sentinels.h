// Where the primary is, by Redis' sentinels: asks them in turn until one knows, and again four times a second,
// as they make a replica the primary when that one has died or hangs.
//
// Owned by a connector, on its loop. The sentinel that answered is asked again over the same connection until
// it is lost, or what it said would not do. What a sentinel says is hostile, and may be outdated: whoever
// connects to the primary asks that itself. Each call of an event is the last thing that is done in a turn, so
// the owner may destroy this there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/redis/redis.h"
#include "common/redis/url.h"
#include "common/uv.h"

namespace kilometric {

class Sentinels {
 public:
  struct Events {
    std::function<void(const RedisUrl::Host& primary)> on_told;  ///< at each answer, alike or not
    std::function<void(const std::string& reason)> on_failed;    ///< none of them knows
  };

  /// Requires `url` to outlive this, and to name sentinels.
  Sentinels(Loop& loop, const RedisUrl& url, Events events);

  /// Begins to ask, and goes on with it. Now, if they are not just being asked.
  void ask();

  /// What was told would not do: another sentinel is asked next, as this one may know less.
  void doubt();

 private:
  void ask_next();
  void send();
  void on_reply(const redisReply& reply);
  void on_down(const std::string& reason);
  void pass_over(std::string reason);
  void fail();

  Loop& loop_;
  const RedisUrl& url_;
  const Events events_;
  Timer pause_;                        ///< until they are asked again
  std::unique_ptr<Redis> redis_;       ///< to the sentinel that is asked, or answered last; nullptr: to none
  std::vector<std::string> failures_;  ///< why each one's answer did not do, of this time
  size_t at_ = 0;                      ///< the sentinel that is asked, or is to be first
  size_t left_ = 0;  ///< how many have not been asked this time, and that one; 0: none is asked
};

}  // namespace kilometric

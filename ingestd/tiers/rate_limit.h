// Sends commands to Redis at a bounded rate: what goes over all keys must not keep Redis from its users.
//
// Owned by the tiers, on the flusher's loop. A command costs one unit, some microseconds of Redis and of us,
// and more when its answer may be long. Whoever sees in the answer that it was shorter gives the difference
// back; whoever sees that it was longer charges it. The budget of a tick is spent in the order of the calls,
// and what is beyond it waits for the next tick. While nothing is asked, no timer runs. When Redis is down the
// answer is nullptr, as with Redis::command.
#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/redis.h"
#include "common/uv.h"

namespace kilometric {

class RateLimit {
 public:
  RateLimit(Loop& loop, Redis& redis) : redis_(redis), timer_(loop, [this] { tick(); }) {}

  /// `elements`: at most so many are in its answer, beyond a few.
  void command(std::span<const std::string_view> arguments, Redis::OnReply on_reply, size_t elements = 0);
  void command(std::initializer_list<std::string_view> arguments, Redis::OnReply on_reply,
               size_t elements = 0) {
    command(std::span(arguments.begin(), arguments.size()), std::move(on_reply), elements);
  }
  void give_back(size_t elements);  ///< so many were not in an answer
  void charge(size_t elements);     ///< a command had so many in its arguments or its answer
  bool up() const { return redis_.up(); }
  bool in_cluster() const { return redis_.is_cluster(); }

  /// The same for a command without a key to one of a cluster's nodes, see Redis::nodes().
  void command_to(size_t node, std::initializer_list<std::string_view> arguments, Redis::OnReply on_reply);
  std::vector<Redis::Node> nodes() const { return redis_.nodes(); }

  /// Whether this Redis is believed to know what came with 6.2: XTRIM MINID and XADD NOMKSTREAM.
  bool modern() const { return modern_; }
  void set_modern(bool modern) { modern_ = modern; }

 private:
  struct Waiting {
    std::string text;  ///< in Redis' protocol
    Redis::OnReply on_reply;
    size_t units;
  };

  void send_waiting();
  void tick();

  Redis& redis_;
  Timer timer_;
  std::deque<Waiting> waiting_;
  size_t spent_ = 0;  ///< in this tick
  bool modern_ = true;
};

}  // namespace kilometric

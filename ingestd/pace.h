// Sends commands to Redis at a bounded rate: what goes over all keys must not keep Redis from its users.
//
// Owned by the tiers, on the flusher's loop. A command costs one unit, some microseconds of Redis and of
// us; who sees in an answer that it was more charges the rest. A tick's budget is spent in the order of
// the calls, and what is beyond it waits for the next tick. While nothing is asked, no timer runs. When
// Redis is down the answer is nullptr, as with Redis::command.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "common/redis.h"
#include "common/uv.h"

namespace kilometric {

class Pace {
 public:
  Pace(Loop& loop, Redis& redis) : redis_(redis), timer_(loop, [this] { tick(); }) {}

  using Arguments = std::vector<std::string>;
  void command(Arguments arguments, Redis::OnReply on_reply);
  void charge(size_t elements);  ///< a command had so many in its arguments or its answer
  bool up() const { return redis_.up(); }

  /// Whether this Redis is taken to know what came with 6.2: XTRIM MINID and XADD NOMKSTREAM.
  bool modern() const { return modern_; }
  void set_modern(bool modern) { modern_ = modern; }

 private:
  struct Waiting {
    Arguments arguments;
    Redis::OnReply on_reply;
  };

  void send(Waiting waiting);
  void tick();

  Redis& redis_;
  Timer timer_;
  std::deque<Waiting> waiting_;
  size_t spent_ = 0;  ///< in this tick
  bool modern_ = true;
};

}  // namespace kilometric

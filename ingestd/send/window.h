// The window: how many commands of a batch are on their way at a time, and for how long answers are left to
// gather.
//
// A batch takes three quarters of a second when nothing else waits: those who share a processor with Redis and
// with us, workers first of all, then hardly notice a flush. It becomes hurried when others wait, at the stop,
// when it is too large for that time, and when it has taken twice that: Redis is far away, or slow. In a hurry
// Redis is to be busy all the time, at the least cost to us. The window bounds memory, and what has to be
// looked up after a loss.
//
// Owned by the sender, on its loop.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/redis/redis.h"
#include "common/uv.h"

namespace kilometric {

class Window {
 public:
  Window(Loop& loop, Redis& redis) : loop_(loop), redis_(redis) {}

  /// A batch of so many entries begins.
  void begin(size_t entries, bool hurried);

  /// The most commands that may be on their way now.
  size_t most(bool others_wait);

  /// From now on every batch is hurried.
  void hurry() { stopping_ = true; }

 private:
  bool is_too_slow(bool others_wait) const;
  void pace(bool hurried);

  Loop& loop_;
  Redis& redis_;
  size_t unhurried_ = 0;   ///< the window of this batch while it is not hurried
  uint64_t began_ms_ = 0;  ///< by the loop's time
  bool hurried_ = false;
  bool stopping_ = false;
};

}  // namespace kilometric

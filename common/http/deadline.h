// Until when a connection waits for its client.
//
// Owned by a connection, which says what it waits for. There is no timer: the server looks at all deadlines
// every now and then.
#pragma once

#include <cstdint>
#include <limits>

#include "common/http/limits.h"
#include "common/uv.h"

namespace kilometric {

class HttpDeadline {
 public:
  /// Requires both to live as long as anything is called.
  HttpDeadline(Loop& loop, const HttpLimits& limits) : loop_(loop), limits_(limits) {}

  /// The next request: it may take its time to begin.
  void wait_for_request() {
    request_end_ = 0;
    end_ = in(limits_.idle_time);
  }
  /// The rest of the request that has begun: one deadline for all of it.
  void wait_for_rest() {
    if (request_end_ == 0) request_end_ = in(limits_.request_time);
    end_ = request_end_;
  }
  void request_is_whole() { request_end_ = 0; }
  /// The client to take more of an answer.
  void wait_for_writing() { end_ = in(limits_.write_time); }
  /// The client to close, or to notice that we have.
  void wait_for_end() {
    constexpr std::chrono::milliseconds kLingerTime{2000};
    end_ = in(kLingerTime);
  }
  /// Our own handler, for as long as it needs.
  void wait_for_answer() { end_ = std::numeric_limits<uint64_t>::max(); }

  bool passed() const { return now() >= end_; }

 private:
  uint64_t now() const { return uv_now(loop_.raw()); }
  uint64_t in(std::chrono::milliseconds time) const { return now() + static_cast<uint64_t>(time.count()); }

  Loop& loop_;
  const HttpLimits& limits_;
  uint64_t end_ = 0;          ///< loop time, ms
  uint64_t request_end_ = 0;  ///< of the request being read; 0: none is
};

}  // namespace kilometric

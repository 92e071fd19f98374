// A child's line to its supervisor: a pair of connected sockets, the child's end is descriptor 3.
// The child says, a line each: READY (it serves), ALIVE (its loop turns), STATUS <text>. The
// supervisor says one thing only, by closing its direction: stop.
#pragma once

#include <functional>
#include <string_view>

#include "common/uv.h"

namespace kilometric {

inline constexpr int kChannelFd = 3;
inline constexpr std::chrono::milliseconds kAlivePeriod{5'000};

class Channel {
 public:
  /// `on_alive` runs with every sign of life: the place for what has to be done now and then.
  Channel(Loop& loop, std::function<void()> on_stop, std::function<void()> on_alive);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void ready() { say("READY"); }
  void status(std::string_view text);

 private:
  void say(std::string_view line);
  void on_read(ssize_t bytes) noexcept;

  std::function<void()> on_stop_;
  char unread_[64];
  Handle<uv_pipe_t> pipe_;
  Timer alive_;
};

/// What a child process does first: it dies with its supervisor, whatever happens to that, and leaves
/// SIGINT and SIGTERM to it (a terminal sends them to everybody). Exits when the supervisor is gone.
void become_child();

}  // namespace kilometric

// Reaches a Redis: looks up its host, dials its addresses one after the other, and greets it (AUTH, SELECT,
// PING, and for a user who writes INFO replication). The first address that takes the user's commands is
// reached; when none does, it tells the reason: the last one that a Redis gave, if any did.
//
// With sentinels in the URL they are asked for the host first, at each try, and from the first one on all the
// time: so it is noticed that they have made another one the primary while the old one hangs, or does not know
// yet.
//
// Owned by a connection, see redis.cpp, which starts each try. Each call of an event is the last thing that the
// connector does in a turn, so the owner may do anything there, destroying it included.
#pragma once

#include <hiredis/async.h>

#include <chrono>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/events.h"
#include "common/redis/patience.h"
#include "common/redis/resolver.h"
#include "common/redis/sentinels.h"
#include "common/redis/url.h"
#include "common/uv.h"

namespace kilometric {

/// In the reason, when a server said nothing to the greeting of TLS.
inline constexpr std::string_view kDoubtsTls = "does it speak TLS? If not, it is redis://";

std::string seconds_text(std::chrono::milliseconds time);

class RedisConnector : private RedisContextOwner {
 public:
  struct Events {
    /// Owns `context` from now on, and sets its `data`.
    std::function<void(redisAsyncContext* context)> on_reached;
    std::function<void(const std::string& reason)> on_failed;
    /// A lookup has come too late for its try. Used all the same, or a resolver that always needs longer than
    /// the deadline (its first server being dead) would keep us from ever connecting. False: another try is
    /// not wanted; true: it begins.
    std::function<bool()> on_late;
    /// The sentinels name another primary than that of the try, or of what was reached last. The next try goes
    /// there.
    std::function<void(const std::string& reason)> on_moved;
  };

  struct Wishes {
    std::chrono::milliseconds deadline;  ///< of a try, from the lookup to the last answer
    bool writes;                         ///< a replica that takes no writes will not do
  };

  /// `pause`: see attach_redis_events(). Requires `url` to outlive this.
  RedisConnector(Loop& loop, const RedisUrl& url, Wishes wishes,
                 std::shared_ptr<const std::chrono::milliseconds> pause, Events events);
  ~RedisConnector() override { forget(context_); }

  void start();  ///< begins a try
  void stop();   ///< gives it up; nothing is called
  bool trying() const { return state_ != State::idle; }

  /// What was tried last; without a name where that was a socket's path, or no sentinel has answered yet.
  const RedisUrl::Host& server() const { return server_; }

 private:
  enum class State { idle, asking, resolving, connecting, greeting };

  void on_told(const RedisUrl::Host& primary);
  void resolve();
  void on_resolved(std::vector<std::string> addresses, const std::string& error);
  void connect_next(std::string failure);
  std::string attach();
  void greet();
  void send(std::initializer_list<std::string_view> arguments);
  void on_greeted(std::string_view command, const redisReply& reply);
  void pass_over(const std::string& reason);
  void on_connected(int status) noexcept;
  void on_reply(const redisReply& reply) noexcept override;
  void on_lost(const redisAsyncContext& context) noexcept override;
  void on_deadline();
  void fail(const std::string& reason);
  std::chrono::milliseconds time_left() const;

  static RedisConnector* of(const redisAsyncContext* context) noexcept;

  Loop& loop_;
  const RedisUrl& url_;
  const Wishes wishes_;
  const std::shared_ptr<const std::chrono::milliseconds> pause_;
  const Events events_;
  std::optional<Sentinels> sentinels_;
  RedisUrl::Host server_;
  std::optional<Resolver> resolver_;  ///< of that
  Patience patience_;
  State state_ = State::idle;
  std::vector<std::string> addresses_;  ///< still to be tried, the first of them last
  std::deque<std::string_view> asked_;  ///< the names of the greeting's commands that are not answered yet
  bool failed_ = false;                 ///< the last try
  bool answered_ = false;               ///< whether any was
  std::string redis_failure_;           ///< what a Redis at one of them said in this try; empty: nothing
  redisAsyncContext* context_ = nullptr;
  CoarseClock::time_point try_ends_;
};

}  // namespace kilometric

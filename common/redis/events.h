// hiredis on libuv: watches a connection's socket, has hiredis connect and write, and reads the replies.
//
// Commands go out by send_command(), and each reply goes to whoever the context belongs to then, in the order
// of the commands. hiredis' own queue of callbacks is not used: for each command it would parse it again, and
// take memory. So hiredis itself is never to be given a command.
//
// hiredis owns what attach_redis_events() makes: it calls the hooks while it wants to write, and `cleanup` at
// the end, right before it closes the socket. That may happen inside an event.
#pragma once

#include <hiredis/async.h>

#include <chrono>
#include <memory>
#include <string_view>

#include "common/redis/tls.h"
#include "common/uv.h"

namespace kilometric {

/// Whoever a context belongs to: its `data` points there, or is nullptr when it is nobody's any more.
struct RedisContextOwner {
  virtual ~RedisContextOwner() = default;
  /// It may forget() the context, or give it to another owner. Requires that it counts what it has asked: a
  /// server may answer what nobody did.
  virtual void on_reply(const redisReply& reply) noexcept = 0;
  virtual void on_lost(const redisAsyncContext& context) noexcept = 0;  ///< hiredis is about to free it
};

/// Leaves the context to hiredis, which frees it now, or when the reply that it gave is done with; its last
/// calls go nowhere. `context` becomes nullptr.
void forget(redisAsyncContext*& context) noexcept;

/// Before any callback is set on `context`. `pause`: see Redis::read_every(); shared, as the connection may
/// be gone before this is. `tls`: nullptr for none. False when the loop cannot watch the socket.
bool attach_redis_events(redisAsyncContext& context, Loop& loop,
                         std::shared_ptr<const std::chrono::milliseconds> pause,
                         std::unique_ptr<TlsSession> tls) noexcept;

/// In Redis' protocol. It leaves when the loop comes to it, or when the socket is connected. Without memory for
/// it the context is lost soon.
void send_command(redisAsyncContext& context, std::string_view text) noexcept;

inline constexpr const char* kUnaskedReply = "Redis answered what it was not asked";

}  // namespace kilometric

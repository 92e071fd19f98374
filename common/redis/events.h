// hiredis on libuv: watches a connection's socket and hands events to hiredis.
//
// hiredis owns what attach_redis_events() makes: it calls the hooks while it wants to read or write,
// and `cleanup` at the end, right before it closes the socket. That may happen inside an event.
#pragma once

#include <hiredis/async.h>

#include <chrono>
#include <memory>

#include "common/uv.h"

namespace kilometric {

/// Before any callback is set on `context`. `pause`: see Redis::read_every(); shared, as the connection may
/// be gone before this is. False when the loop cannot watch the socket.
bool attach_redis_events(redisAsyncContext& context, Loop& loop,
                         std::shared_ptr<const std::chrono::milliseconds> pause) noexcept;

}  // namespace kilometric

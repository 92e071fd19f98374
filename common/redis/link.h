// What stands behind the face of common/redis/redis.h: one connection, or those to all primaries of a cluster.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/redis.h"

namespace kilometric {

/// Each of these is described there. Whoever ends the Redis calls close(): nothing is called any more.
class RedisLink {
 public:
  using OnReply = Redis::OnReply;

  RedisLink() = default;
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;
  virtual ~RedisLink() = default;

  virtual void start() = 0;
  virtual void close() = 0;
  virtual bool up() const = 0;
  virtual bool lost_idle() const = 0;
  virtual size_t pending() const = 0;
  virtual std::string place() const = 0;
  virtual void command(std::span<const std::string_view> arguments, OnReply on_reply) = 0;
  virtual void command_text(std::string_view text, OnReply on_reply) = 0;
  virtual void command_to(size_t node, std::string_view text, OnReply on_reply) = 0;
  virtual std::vector<Redis::Node> nodes() const = 0;
  virtual void read_every(std::chrono::milliseconds pause) = 0;
  virtual void drop(const std::string& reason) = 0;
};

}  // namespace kilometric

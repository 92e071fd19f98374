// What a test of code that speaks with Redis begins with: a loop, and for most a real server with a connection
// to it that is up. A fixture derives from one of the two.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/redis/redis.h"
#include "common/redis/reply.h"
#include "common/uv.h"
#include "tests/unit/redis_server.h"

namespace kilometric {

struct LoopFixture {
  /// Fails the test when it takes too long.
  template <class Condition>
  void run_until(Condition condition) {
    bool late = false;
    Timer limit(loop, [&] { late = true; });
    limit.start(std::chrono::seconds(30));
    while (!condition() && !late) uv_run(loop.raw(), UV_RUN_ONCE);
    REQUIRE(condition());
  }

  Loop loop;
};

struct RedisFixture : LoopFixture {
  RedisFixture() {
    redis.start();
    run_until([this] { return redis.up(); });
  }

  /// Fails the test when Redis refuses. Returns a reply's text.
  std::string command(std::initializer_list<std::string_view> arguments) {
    std::string text;
    bool answered = false;
    redis.command(arguments, [&](const redisReply* reply) {
      answered = reply && reply->type != REDIS_REPLY_ERROR;
      if (answered && reply->str) text = reply_text(reply);
    });
    run_until([&] { return answered; });
    return text;
  }

  RedisServer server;
  std::function<void(const std::string& reason)> on_down;
  Redis redis{loop,
              RedisUrl::parse(server.url()),
              {},
              [] {},
              [this](const std::string& reason) {
                if (on_down) on_down(reason);
              }};
};

}  // namespace kilometric

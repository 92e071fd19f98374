#include "ingestd/flusher/shift_choice.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include "common/uv.h"
#include "tests/unit/redis_server.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/flusher");

namespace {

struct Fixture {
  Fixture() {
    clock.set(1'603'303'544'893);
    redis.start();
    run_until([this] { return redis.up(); });
  }

  template <class Condition>
  void run_until(Condition condition) {
    bool late = false;
    Timer limit(loop, [&] { late = true; });
    limit.start(std::chrono::seconds(30));
    while (!condition() && !late) uv_run(loop.raw(), UV_RUN_ONCE);
    REQUIRE(condition());
  }

  void command(std::initializer_list<std::string_view> command) {
    bool answered = false;
    redis.command(command, [&](const redisReply*) { answered = true; });
    run_until([&] { return answered; });
  }

  void register_instance(const std::string& instance, uint64_t shift, int64_t ago_ms = 0) {
    command({"HSET", "kilometric:instance." + instance, "shift", shift_text(shift)});
    command({"ZADD", "kilometric:instances", std::to_string(clock.now() - ago_ms), instance});
  }

  uint64_t ask(std::optional<uint64_t> own) {
    std::optional<uint64_t> chosen;
    choice.ask(own, [&](uint64_t shift) { chosen = shift; });
    run_until([&] { return chosen.has_value(); });
    return *chosen;
  }

  RedisServer server;
  Loop loop;
  Redis redis{loop, RedisUrl::parse(server.url()), {}, [] {}, [](const std::string&) {}};
  RedisClock clock;
  ShiftChoice choice{redis, clock, 77, std::chrono::milliseconds(1500)};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an instance takes a gap between those that flushed lately, and keeps it") {
  CHECK(ask({}) == 77);
  register_instance("5", 250'000);
  register_instance("6", 400'000, 3'600'000);
  CHECK(ask({}) == 750'000);
  register_instance("77", 300'000);
  CHECK(ask({}) == 300'000);
  CHECK(ask(310'000) == 310'000);
}

TEST_CASE_FIXTURE(Fixture, "of two with one shift the smaller number keeps it") {
  register_instance("77", 250'000);
  register_instance("100", 250'000);
  register_instance("stranger", 250'000);
  CHECK(ask(250'000) == 250'000);
  register_instance("9", 250'000);
  CHECK(ask(250'000) == 750'000);
  CHECK(ask({}) == 750'000);
  register_instance("9", 250'001);
  CHECK(ask(250'000) == 250'000);
}

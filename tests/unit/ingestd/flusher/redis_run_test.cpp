#include "ingestd/flusher/redis_run.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/flusher");

namespace {

struct Fixture : LoopFixture {
  explicit Fixture(const RedisServer::Options& options = {}) : server(options) {
    spdlog::set_level(spdlog::level::off);
    run.start();
  }
  ~Fixture() { spdlog::set_level(spdlog::level::info); }

  /// Loses the connection and gets it back.
  void reconnect() {
    const int before = times;
    run.redis().drop("for this test");
    run_until([&] { return times > before; });
  }

  void ask() {
    const int before = times;
    run.ask();
    run_until([&] { return times > before; });
  }

  RedisServer server;
  int same_run = 0, other_run = 0, times = 0, first_times = 0, down = 0;
  RedisRun run{loop,
               RedisUrl::parse(server.url()),
               {[this] { ++same_run; }, [this](const SlotSet& slots) { other_run += slots.all(); },
                [this](bool first) {
                  ++times;
                  first_times += first;
                },
                [this] { ++down; }}};
};

}  // namespace

TEST_CASE("the same run is known again, over a lost connection too") {
  Fixture f;
  f.run_until([&] { return f.times == 1; });
  CHECK(f.other_run == 1);
  CHECK(f.first_times == 1);
  CHECK(std::abs(f.run.clock().now() - wall_ms()) < 60'000);
  f.ask();
  CHECK(f.same_run == 1);
  f.reconnect();
  CHECK(f.same_run == 2);
  CHECK(f.other_run == 1);
  CHECK(f.first_times == 1);
  CHECK(f.down == 1);
}

TEST_CASE("a connection that Redis closes as it is idle is the same run, and no news") {
  Fixture f({"--timeout", "1"});
  f.run_until([&] { return f.times == 1; });
  f.run_until([&] { return f.times == 3; });
  CHECK(f.same_run == 2);
  CHECK(f.other_run == 1);
  CHECK(f.down == 0);
  CHECK(f.run.answers());
  f.server.kill();
  f.run_until([&] { return f.down > 0; });
  CHECK_FALSE(f.run.answers());
}

TEST_CASE("a server that was started again is another run") {
  Fixture f;
  f.run_until([&] { return f.times == 1; });
  f.server.kill();
  f.run_until([&] { return f.down > 0; });
  f.server.start();
  f.run_until([&] { return f.times == 2; });
  CHECK(f.other_run == 2);
  CHECK(f.same_run == 0);
}

TEST_CASE("where INFO is forbidden, every new connection is to another run, and one connection to one run") {
  Fixture f({"--rename-command", "INFO", ""});
  f.run_until([&] { return f.times == 1; });
  CHECK(f.other_run == 1);
  f.ask();
  CHECK(f.other_run == 1);
  CHECK(f.same_run == 1);
  f.reconnect();
  CHECK(f.other_run == 2);
}

TEST_CASE("a Redis that does not tell its time is none") {
  Fixture f({"--rename-command", "TIME", ""});
  f.run_until([&] { return f.down == 2; });
  CHECK(f.times == 0);
  CHECK_FALSE(f.run.clock().known());
}

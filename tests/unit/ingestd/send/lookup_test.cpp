#include "ingestd/send/lookup.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

#include "tests/unit/redis_server.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/send");

namespace {

struct Fixture {
  Fixture() {
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

  void command(std::initializer_list<std::string_view> arguments) {
    bool answered = false;
    redis.command(arguments,
                  [&](const redisReply* reply) { answered = reply && reply->type != REDIS_REPLY_ERROR; });
    run_until([&] { return answered; });
  }

  Lookup look(const std::string& id) {
    std::optional<Lookup> found;
    look_up(redis, "kilometric.a", id, [&](const Lookup& lookup) {
      found = lookup;
      error = lookup.reply ? reply_text(lookup.reply) : "";
    });
    run_until([&] { return found.has_value(); });
    return *found;
  }

  RedisServer server;
  Loop loop;
  Redis redis{loop, RedisUrl::parse(server.url()), {}, [] {}, [](const std::string&) {}};
  std::string error;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an entry that arrived before is there") {
  command({"XADD", "kilometric.a", "1000-7", "count", "1"});
  command({"XADD", "kilometric.a", "1500-8", "count", "1"});
  CHECK(look("1000-7").outcome == Lookup::Outcome::there);
}

TEST_CASE_FIXTURE(Fixture, "an entry that another writer was ahead of is too late, by the stream's top") {
  command({"XADD", "kilometric.a", "1500-8", "count", "1"});
  const Lookup lookup = look("1000-7");
  CHECK(lookup.outcome == Lookup::Outcome::too_late);
  CHECK(lookup.top_ms == 1500);
}

TEST_CASE_FIXTURE(Fixture, "a stream that was emptied still knows its top") {
  command({"XADD", "kilometric.a", "1500-8", "count", "1"});
  command({"XDEL", "kilometric.a", "1500-8"});
  CHECK(look("1000-7").top_ms == 1500);
}

TEST_CASE_FIXTURE(Fixture, "a stream that was deleted meanwhile has no top") {
  const Lookup lookup = look("1000-7");
  CHECK(lookup.outcome == Lookup::Outcome::too_late);
  CHECK(lookup.top_ms == 0);
}

TEST_CASE_FIXTURE(Fixture, "an error says nothing of the entry") {
  command({"SET", "kilometric.a", "no stream"});
  CHECK(look("1000-7").outcome == Lookup::Outcome::unknown);
  CHECK(error.starts_with("WRONGTYPE"));
}

TEST_CASE_FIXTURE(Fixture, "nor does a lost connection") {
  server.kill();
  const Lookup lookup = look("1000-7");
  CHECK(lookup.outcome == Lookup::Outcome::unknown);
  CHECK(lookup.reply == nullptr);
}

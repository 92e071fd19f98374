#include "ingestd/tiers/index_walk.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "common/redis/layout.h"
#include "common/redis/stream_id.h"
#include "tests/unit/redis_server.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using layout::kDayMs, layout::kHourMs;

namespace {

constexpr uint64_t kMidnight = 18'000 * kDayMs;

/// A store with the key "a", and a walk over it.
struct Walk {
  Walk() {
    redis.start();
    run_until([this] { return redis.up(); });
    command({"ZADD", "kilometric:keys", "0", "a"});
  }

  template <class Condition>
  void run_until(Condition condition) {
    bool late = false;
    Timer limit(loop, [&] { late = true; });
    limit.start(std::chrono::seconds(30));
    while (!condition() && !late) uv_run(loop.raw(), UV_RUN_ONCE);
    REQUIRE(condition());
  }

  /// The answer: its text, and how many elements it has.
  std::pair<std::string, size_t> command(std::initializer_list<std::string_view> arguments) {
    std::optional<std::pair<std::string, size_t>> answer;
    redis.command(arguments, [&](const redisReply* reply) {
      REQUIRE(reply != nullptr);
      REQUIRE(reply->type != REDIS_REPLY_ERROR);
      answer = {std::string(reply_text(reply)), reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0};
    });
    run_until([&] { return answer.has_value(); });
    return *answer;
  }

  void add(std::string_view stream, std::initializer_list<uint64_t> starts) {
    for (const uint64_t ms : starts) command({"XADD", stream, to_text(StreamId{ms, 0}), "count", "1"});
  }
  size_t days() { return command({"XRANGE", "kilometric:day.a", "-", "+"}).second; }

  void walk(bool all_days) {
    ended = false;
    walk_.begin(all_days);
    run_until([this] { return ended; });
  }

  /// How many of these commands Redis has executed.
  uint64_t calls(const std::string& name) {
    const std::string stats = command({"INFO", "commandstats"}).first;
    const std::string before = "cmdstat_" + name + ":calls=";
    const size_t at = stats.find(before);
    return at == std::string::npos ? 0 : std::stoull(stats.substr(at + before.size()));
  }

  RedisServer server;
  Loop loop;
  bool ended = false;
  Redis redis{loop, RedisUrl::parse(server.url()), {}, [this] { walk_.resume(); }, [](const std::string&) {}};
  RateLimit rate_limit{loop, redis};
  FlusherStatus status{};
  const Retention retention{Settings()};
  IndexWalk walk_{{rate_limit, status, retention, [] { return kMostMs; }, [](Kind, std::string_view) {}},
                  [] { return kMidnight + kDayMs; },
                  [this](const IndexWalk::Report& report) {
                    CHECK(report.failures == 0);
                    ended = true;
                  }};
};

}  // namespace

TEST_CASE_FIXTURE(Walk, "a day is closed as soon as an hour of a later day is in its tier") {
  add("kilometric.a", {kMidnight - 2 * kHourMs, kMidnight - kHourMs, kMidnight + 4 * kHourMs});
  add("kilometric:hour.a", {kMidnight - 2 * kHourMs});
  walk(false);
  CHECK(days() == 0);  // 04:00 is not closed yet
  add("kilometric.a", {kMidnight + 5 * kHourMs});
  walk(false);
  CHECK(days() == 1);
}

TEST_CASE_FIXTURE(Walk, "where nothing is closed a turn asks for the last hour and the last entry alone") {
  add("kilometric.a", {kMidnight, kMidnight + kHourMs});
  add("kilometric:hour.a", {kMidnight});
  walk(false);
  CHECK(calls("xrevrange") == 2);
  CHECK(calls("xrange") == 0);
}

TEST_CASE_FIXTURE(Walk, "a day that was left undone is closed in a walk that asks for all days") {
  add("kilometric.a", {kMidnight - kHourMs, kMidnight, kMidnight + kHourMs});
  add("kilometric:hour.a", {kMidnight - kHourMs, kMidnight});
  walk(false);
  CHECK(days() == 0);
  walk(true);
  CHECK(days() == 1);
}

TEST_CASE_FIXTURE(Walk, "after a lost connection the keys whose turns were lost are asked for their days") {
  add("kilometric.a", {kMidnight - kHourMs, kMidnight, kMidnight + kHourMs});
  add("kilometric:hour.a", {kMidnight - kHourMs, kMidnight});
  walk_.begin(false);
  redis.drop("cut");
  run_until([this] { return ended; });
  CHECK(days() == 1);
}

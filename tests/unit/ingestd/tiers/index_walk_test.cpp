#include "ingestd/tiers/index_walk.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"
#include "common/redis/stream_id.h"
#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using layout::kDayMs, layout::kHourMs;

namespace {

constexpr uint64_t kMidnight = 18'000 * kDayMs;

/// A store with the key "a", and a walk over it.
struct Walk : RedisFixture {
  Walk() { command({"ZADD", "kilometric:keys", "0", "a"}); }

  void add(std::string_view stream, std::initializer_list<uint64_t> starts) {
    for (const uint64_t ms : starts) command({"XADD", stream, to_text(StreamId{ms, 0}), "count", "1"});
  }
  std::string days() {
    return command({"EVAL", "return tostring(redis.call('XLEN', 'kilometric:day.a'))", "0"});
  }

  void walk(bool all_days) {
    ended = false;
    walk_.begin(all_days);
    run_until([this] { return ended; });
  }

  /// How many of these commands Redis has executed.
  uint64_t calls(const std::string& name) {
    const std::string stats = command({"INFO", "commandstats"});
    const std::string before = "cmdstat_" + name + ":calls=";
    const size_t at = stats.find(before);
    return at == std::string::npos ? 0 : std::stoull(stats.substr(at + before.size()));
  }

  bool ended = false;
  RateLimit rate_limit{loop, redis};
  FlusherStatus status{};
  const Retentions retentions{Settings()};
  IndexWalk walk_{{rate_limit, status, retentions, [] { return kMostMs; }, [](Kind, std::string_view) {}},
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
  CHECK(days() == "0");  // 04:00 is not closed yet
  add("kilometric.a", {kMidnight + 5 * kHourMs});
  walk(false);
  CHECK(days() == "1");
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
  CHECK(days() == "0");
  walk(true);
  CHECK(days() == "1");
}

TEST_CASE_FIXTURE(Walk, "after a lost connection the keys whose turns were lost are asked for their days") {
  add("kilometric.a", {kMidnight - kHourMs, kMidnight, kMidnight + kHourMs});
  add("kilometric:hour.a", {kMidnight - kHourMs, kMidnight});
  walk_.begin(false);
  redis.drop("cut");
  run_until([&] { return redis.up(); });
  walk_.resume();
  run_until([this] { return ended; });
  CHECK(days() == "1");
}

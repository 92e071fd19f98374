#include "ingestd/tiers/trim_limit.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"
#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using layout::kDayMs, layout::kHourMs;

namespace {

constexpr uint64_t kNow = 18'000 * kDayMs;

struct Asked : RedisFixture {
  void flushed(const std::string& instance, uint64_t ms) {
    command({"ZADD", "kilometric:instances", std::to_string(ms), instance});
  }
  void publish(const std::string& instance, std::string_view oldest) {
    command({"HSET", "kilometric:instance." + instance, "oldest", oldest});
  }

  std::optional<Failure> ask() {
    std::optional<std::optional<Failure>> answer;
    limit.ask(kNow, [&](const std::optional<Failure>& failure) { answer = failure; });
    run_until([&] { return answer.has_value(); });
    return *answer;
  }
  uint64_t limit_ms() {
    CHECK_FALSE(ask());
    return limit.ms();
  }

  RateLimit rate_limit{loop, redis};
  TrimLimit limit{rate_limit};
};

}  // namespace

TEST_CASE_FIXTURE(Asked, "nothing is trimmed before it was asked, and then nothing that is young") {
  CHECK(limit.ms() == 0);
  CHECK(limit_ms() == kNow - kHourMs);
}

TEST_CASE_FIXTURE(Asked, "the limit is the oldest of what the instances publish") {
  const uint64_t oldest = kNow - 5 * kDayMs;
  flushed("1", kNow - 5);
  publish("1", std::to_string(kNow - 3 * kHourMs));
  flushed("2", kNow - 4 * kDayMs);
  publish("2", std::to_string(oldest));
  flushed("3", kNow + kDayMs);
  publish("3", std::to_string(kNow + kDayMs));
  CHECK(limit_ms() == oldest);
  command({"ZREM", "kilometric:instances", "2"});
  CHECK(limit_ms() == kNow - 3 * kHourMs);
}

TEST_CASE_FIXTURE(Asked, "an instance that publishes nothing may look up what it kept when it flushed last") {
  flushed("1", kNow - 6 * kDayMs);
  command({"HSET", "kilometric:instance.1", "interval", "1"});
  CHECK(limit_ms() == kNow - 6 * kDayMs - 6 * kHourMs);
  publish("1", "18446744073709551616");
  CHECK(limit_ms() == kNow - 6 * kDayMs - 6 * kHourMs);
  publish("1", "");
  CHECK(limit_ms() == kNow - 6 * kDayMs - 6 * kHourMs);
  flushed("1", 5);
  CHECK(limit_ms() == kNow - kHourMs);
}

TEST_CASE_FIXTURE(Asked, "what is published counts as long as it is there") {
  flushed("1", kNow - 8 * kDayMs);
  publish("1", std::to_string(kNow - 9 * kDayMs));
  CHECK(limit_ms() == kNow - 9 * kDayMs);
}

TEST_CASE_FIXTURE(Asked, "nothing is trimmed when it cannot be known") {
  flushed("1", kNow);
  CHECK(limit_ms() > 0);
  command({"SET", "kilometric:instance.1", "no hash"});
  CHECK(ask()->why == Failure::Why::wrong_type);
  CHECK(limit.ms() == 0);
  command({"DEL", "kilometric:instance.1"});
  CHECK(limit_ms() > 0);
  command({"SET", "kilometric:instances", "no set"});
  CHECK(ask()->why == Failure::Why::wrong_type);
  CHECK(limit.ms() == 0);
  command({"DEL", "kilometric:instances"});
  CHECK(limit_ms() > 0);
  server.kill();
  CHECK(ask()->why == Failure::Why::lost);
  CHECK(limit.ms() == 0);
}

TEST_CASE_FIXTURE(Asked, "nothing is trimmed when there are too many") {
  command({"EVAL", "for i = 1, 9999 do redis.call('ZADD', 'kilometric:instances', ARGV[1], i) end", "0",
           std::to_string(kNow)});
  CHECK(limit_ms() == kNow - 6 * kHourMs);
  flushed("0", kNow);
  CHECK(ask()->why == Failure::Why::other);
  CHECK(limit.ms() == 0);
}

#include "ingestd/tiers/rate_limit.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");

namespace {

struct Paced : RedisFixture {
  RateLimit rate_limit{loop, redis};
};

}  // namespace

TEST_CASE_FIXTURE(Paced, "no more than a tick's budget is on its way, and all arrives in order") {
  std::vector<int> answered;
  for (int i = 0; i < 1000; ++i)
    rate_limit.command({"PING"}, [&answered, i](const redisReply* reply) {
      if (reply) answered.push_back(i);
    });
  CHECK(redis.pending() == 200);
  run_until([&] { return answered.size() == 1000; });
  for (int i = 0; i < 1000; ++i) CHECK(answered[static_cast<size_t>(i)] == i);
}

TEST_CASE_FIXTURE(Paced, "what an answer was large by is charged to the ticks that follow") {
  bool answered = false;
  const int64_t began = static_cast<int64_t>(uv_hrtime());
  rate_limit.command({"PING"}, [](const redisReply*) {});
  rate_limit.charge(70 * 400);
  rate_limit.command({"PING"}, [&](const redisReply*) { answered = true; });
  CHECK(redis.pending() == 1);
  run_until([&] { return answered; });
  CHECK(static_cast<int64_t>(uv_hrtime()) - began > 90'000'000);  // two ticks, not one; never less
}

TEST_CASE_FIXTURE(Paced, "a long answer is paid for before it comes, and what it does not hold is given back") {
  int answered = 0;
  for (int i = 0; i < 100; ++i)
    rate_limit.command(
        {"PING"}, [&](const redisReply*) { ++answered; }, 70 * 19);
  CHECK(redis.pending() == 10);  // at 20 units
  rate_limit.give_back(70 * 100);
  CHECK(redis.pending() == 15);
  run_until([&] { return answered == 100; });
}

TEST_CASE("without Redis the answer is nullptr, at once") {
  Loop loop;
  Redis redis(
      loop, RedisUrl::parse("redis://127.0.0.1:1"), {}, [] {}, [](const std::string&) {});
  RateLimit rate_limit(loop, redis);
  bool lost = false;
  rate_limit.command({"PING"}, [&](const redisReply* reply) { lost = reply == nullptr; });
  CHECK(lost);
  CHECK_FALSE(rate_limit.up());
}

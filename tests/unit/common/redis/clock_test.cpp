#include "common/redis/clock.h"

#include <doctest/doctest.h>

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

constexpr int64_t kRedisMs = 1'603'303'544'893;
constexpr int64_t kTolerableMs = 1500;  // what may pass between two calls on a busy machine

}  // namespace

TEST_CASE("Redis' clock follows the answer that came fastest") {
  RedisClock clock;
  CHECK_FALSE(clock.known());
  clock.set(kRedisMs, boot_ms() - 9000);
  CHECK(clock.now() >= kRedisMs);
  CHECK(clock.now() < kRedisMs + kTolerableMs);

  clock.set(kRedisMs + 5000);  // the first answer was five seconds old when it came
  CHECK(clock.now() >= kRedisMs + 5000);
  clock.set(kRedisMs + 3000, boot_ms() - 4000);  // late by two
  CHECK(clock.now() >= kRedisMs + 5000);
  CHECK(clock.now() < kRedisMs + 5000 + kTolerableMs);
}

TEST_CASE("Redis' clock is set anew when somebody has set Redis'") {
  RedisClock clock;
  clock.set(kRedisMs);
  clock.set(kRedisMs - 60'000, boot_ms() - 500);
  CHECK(clock.now() < kRedisMs - 60'000 + kTolerableMs);
  clock.set(kRedisMs + 60'000, boot_ms() - 500);
  CHECK(clock.now() >= kRedisMs + 60'000);
}

#include "ingestd/tiers/schedule.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "common/redis/layout.h"
#include "common/redis/stream_id.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using namespace std::chrono_literals;
using layout::kHourMs;

TEST_CASE("the first pass begins at once, the next soon after the hour, each host at a time of its own") {
  uint64_t least = kMostMs, most = 0;
  for (int i = 0; i < 100; ++i) {
    Schedule schedule(10s);
    CHECK(schedule.is_due(500 * kHourMs + 1));
    schedule.begin(500 * kHourMs + 1);
    schedule.end(500 * kHourMs + 5, false);
    const uint64_t due_in = schedule.due_in(501 * kHourMs);
    CHECK_FALSE(schedule.is_due(501 * kHourMs + 19'999));
    CHECK(schedule.is_due(501 * kHourMs + 40'000));
    CHECK_FALSE(schedule.is_due(501 * kHourMs + due_in - 1));
    CHECK(schedule.is_due(501 * kHourMs + due_in));
    least = std::min(least, due_in);
    most = std::max(most, due_in);
  }
  CHECK(least >= 20'000);
  CHECK(most <= 40'000);
  CHECK(most - least > 10'000);
}

TEST_CASE("a pass that takes longer than an hour is followed by the next at once") {
  Schedule schedule(10s);
  schedule.begin(500 * kHourMs);
  schedule.end(502 * kHourMs, false);
  CHECK(schedule.due_in(502 * kHourMs) == 0);
  CHECK(schedule.is_due(502 * kHourMs));
}

TEST_CASE("after failures the next one begins in a minute, then in two, and in one again after a success") {
  Schedule schedule(10s);
  const uint64_t now = 500 * kHourMs;
  for (const uint64_t minutes : {1, 2, 4, 8}) {
    schedule.begin(now);
    schedule.end(now, true);
    CHECK(schedule.due_in(now) == minutes * 60'000);
  }
  schedule.begin(now);
  schedule.end(now, false);
  CHECK(schedule.due_in(now) > kHourMs);
  schedule.begin(now);
  schedule.end(now, true);
  CHECK(schedule.due_in(now) == 60'000);
}

TEST_CASE("failures do not put off the pass of the next hour") {
  Schedule schedule(10s);
  const uint64_t now = 501 * kHourMs - 30'000;
  for (int i = 0; i < 10; ++i) {
    schedule.begin(now);
    schedule.end(now, true);
    CHECK(schedule.due_in(now) <= 70'000);
  }
}

TEST_CASE("it is due when Redis is back, and when the clock was set back") {
  Schedule schedule(10s);
  schedule.begin(500 * kHourMs);
  schedule.end(500 * kHourMs, false);
  CHECK_FALSE(schedule.is_due(500 * kHourMs));
  CHECK(schedule.is_due(400 * kHourMs));
  schedule.begin_at_once();
  CHECK(schedule.is_due(500 * kHourMs));
}

TEST_CASE("one pass a day asks for the days of all keys, the first behind the hour that closes one") {
  Schedule schedule(10s);
  const uint64_t midnight = 500 * layout::kDayMs;
  const auto asks = [&](uint64_t hour, bool again = false) {
    schedule.begin(midnight + hour * kHourMs + 20'000);
    const bool all_days = schedule.all_days();
    schedule.end(midnight + hour * kHourMs + 30'000, again);
    return all_days;
  };
  CHECK(asks(3));
  for (uint64_t hour = 4; hour <= 24; ++hour) CHECK_FALSE(asks(hour));
  CHECK(asks(25));
  CHECK_FALSE(asks(26));
  CHECK_FALSE(asks(27, true));
  CHECK(asks(27, true));  // until one goes well
  CHECK(asks(28));
  CHECK_FALSE(asks(29));
  CHECK(asks(70));
}

TEST_CASE(
    "the first pass of a server asks for the days of all keys, and none that began before stands for it") {
  Schedule schedule(10s);
  const uint64_t now = 500 * kHourMs;
  schedule.begin(now);
  schedule.begin_at_once();
  schedule.end(now, false);
  schedule.begin(now);
  CHECK(schedule.all_days());
  schedule.end(now, false);
  schedule.begin(now);
  CHECK_FALSE(schedule.all_days());
  schedule.begin_at_once();
  schedule.begin(now);
  CHECK(schedule.all_days());
}

TEST_CASE("a pass for new keys begins within seconds, and another follows one that runs") {
  Schedule schedule(10s);
  const uint64_t now = 500 * kHourMs;
  schedule.begin(now);
  schedule.end(now, false);
  schedule.begin_soon(now + 1000);
  schedule.begin_soon(now + 9000);
  CHECK(schedule.due_in(now + 1000) == 10'000);
  CHECK(schedule.is_due(now + 11'000));
  schedule.begin(now + 16'000);
  CHECK_FALSE(schedule.is_due(now + 16'000));
  schedule.begin_soon(now + 16'050);
  schedule.end(now + 16'100, false);
  CHECK(schedule.due_in(now + 16'050) == 10'000);
}

TEST_CASE("passes for new keys take a twentieth of the time at most, and put off no other") {
  Schedule schedule(10s);
  const uint64_t now = 500 * kHourMs;
  schedule.begin(now);
  schedule.end(now + 5000, false);
  schedule.begin_soon(now + 6000);
  CHECK(schedule.due_in(now + 5000) == 100'000);
  schedule.begin(now + 105'000);
  schedule.begin_soon(now + 106'000);
  schedule.end(now + 115'000, false);
  CHECK(schedule.due_in(now + 115'000) == 200'000);
  schedule.begin(now + 315'000);
  schedule.end(now + 1'815'000, false);
  schedule.begin_soon(now + 1'815'000);
  CHECK(schedule.is_due(now + kHourMs + 40'000));
}

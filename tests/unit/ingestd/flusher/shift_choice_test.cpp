#include "ingestd/flusher/shift_choice.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/flusher");

namespace {

struct Fixture : RedisFixture {
  Fixture() { clock.set(1'603'303'544'893); }

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

  RedisClock clock;
  ShiftChoice choice{redis, clock, 77, std::chrono::milliseconds(1500)};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an instance takes a gap between those that flushed lately, and keeps it") {
  CHECK(ask({}) == 77);
  register_instance("5", 250'000);
  register_instance("6", 400'000, 3'600'000);
  CHECK(ask({}) == 750'000);
  register_instance("77", 600'000);
  CHECK(ask({}) == 600'000);
  CHECK(ask(610'000) == 610'000);
}

TEST_CASE_FIXTURE(Fixture, "of two that are too close the smaller number keeps its shift") {
  register_instance("77", 250'000);
  register_instance("100", 250'000);
  register_instance("stranger", 250'000);
  CHECK(ask(250'000) == 250'000);
  register_instance("9", 250'000);
  CHECK(ask(250'000) == 750'000);
  CHECK(ask({}) == 750'000);
  register_instance("9", 400'000);  // of four, each at least an eighth from the others
  CHECK(ask(276'000) == 825'000);
  CHECK(ask(525'000) == 525'000);
  register_instance("9", 990'000);
  CHECK(ask(100'000) == 620'000);
  CHECK(ask(120'000) == 120'000);
}

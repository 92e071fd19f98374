#include "ingestd/flusher/registration.h"

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

  void tell(uint64_t oldest_ms = ~uint64_t{0}) { tell(registration, oldest_ms); }
  void tell(Registration& by, uint64_t oldest_ms) {
    bool answered = false;
    by.tell({3, 7, oldest_ms}, [&] { answered = true; });
    run_until([&] { return answered; });
  }

  long long oldest() { return std::stoll(command({"HGET", "kilometric:instance.77", "oldest"})); }

  long long number(std::initializer_list<std::string_view> arguments) {
    std::optional<long long> number;
    redis.command(arguments, [&](const redisReply* reply) {
      if (reply && reply->type == REDIS_REPLY_INTEGER) number = reply->integer;
    });
    run_until([&] { return number.has_value(); });
    return *number;
  }

  RedisClock clock;
  FlusherStatus status{};
  Registration registration{redis, clock, status, 77, std::chrono::milliseconds(1500)};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "Redis is told who flushed, when, and how it fares") {
  registration.begin_flush();
  tell();
  CHECK(command({"HGET", "kilometric:instance.77", "version"}) == KILOMETRIC_VERSION);
  CHECK(command({"HGET", "kilometric:instance.77", "interval"}) == "1.5");
  CHECK(command({"HGET", "kilometric:instance.77", "pending"}) == "3");
  CHECK(command({"HGET", "kilometric:instance.77", "drops"}) == "7");
  CHECK(command({"ZSCORE", "kilometric:instances", "77"}).starts_with("160330354"));
  CHECK(status.last_flush_ms.load() > 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "how it fares is told, rejected lines when there are others, or when Redis lost them") {
  const auto told = [&](const char* field) { return command({"HGET", "kilometric:instance.77", field}); };
  const auto tell_rejected = [&](const std::string& rejected) {
    bool answered = false;
    registration.tell({.pending = 1,
                       .drops = 0,
                       .oldest_ms = 0,
                       .spool_bytes = 42,
                       .append_only = false,
                       .lines = "accepted 5",
                       .busiest = "visits",
                       .rejected = rejected},
                      [&] { answered = true; });
    run_until([&] { return answered; });
  };
  tell_rejected("a\n");
  CHECK(told("spool") == "42");
  CHECK(told("append_only") == "0");
  CHECK(told("lines") == "accepted 5");
  CHECK(told("busiest") == "visits");
  CHECK(told("rejected") == "a\n");
  CHECK(std::stoll(told("told")) <= clock.now());
  CHECK(std::stoll(told("started")) <= std::stoll(told("told")));
  tell_rejected("a\n");  // which Redis is sure to have from then on
  command({"HSET", "kilometric:instance.77", "rejected", "untouched"});
  tell_rejected("a\n");
  CHECK(told("rejected") == "untouched");
  tell_rejected("b\na\n");
  CHECK(told("rejected") == "b\na\n");
  command({"UNLINK", "kilometric:instance.77"});
  tell_rejected("b\na\n");
  tell_rejected("b\na\n");
  CHECK(told("rejected") == "b\na\n");
}

TEST_CASE_FIXTURE(Fixture, "how it fares is told while batches wait, and no flush is over by that") {
  registration.begin_flush();
  registration.tell_of_waiting({.pending = 9, .drops = 0, .oldest_ms = 5});
  run_until([this] { return redis.pending() == 0; });
  CHECK(command({"HGET", "kilometric:instance.77", "pending"}) == "9");
  CHECK(number({"TTL", "kilometric:instance.77"}) > 0);
  CHECK(number({"EXISTS", "kilometric:instances"}) == 0);
  CHECK(number({"HEXISTS", "kilometric:instance.77", "oldest"}) == 0);
  CHECK(status.last_flush_ms.load() == 0);
}

TEST_CASE_FIXTURE(Fixture, "what Redis was told expires after a week") {
  tell();
  for (const char* const name : {"kilometric:instance.77", "kilometric:instances"}) {
    CHECK(number({"TTL", name}) > 7 * 86'400 - 60);
    CHECK(number({"TTL", name}) <= 7 * 86'400);
  }
}

TEST_CASE_FIXTURE(Fixture, "instances that have not flushed for a week are forgotten, others are not") {
  constexpr int64_t kDayMs = 86'400'000;
  for (const int64_t days : {1, 6, 8, 400}) {
    const std::string instance = std::to_string(days);
    command({"HSET", "kilometric:instance." + instance, "interval", "1"});
    command({"ZADD", "kilometric:instances", std::to_string(clock.now() - days * kDayMs), instance});
  }
  command({"ZADD", "kilometric:instances", "5", "odd name", "5", "77"});  // it was away for years
  tell();
  run_until([this] { return redis.pending() == 0; });
  CHECK(number({"ZCARD", "kilometric:instances"}) == 3);  // and this one
  CHECK(number({"EXISTS", "kilometric:instance.77"}) == 1);
  for (const int64_t days : {1, 6, 8, 400})
    CHECK(number({"EXISTS", "kilometric:instance." + std::to_string(days)}) == (days < 7));
}

TEST_CASE_FIXTURE(Fixture,
                  "what nobody may trim begins with now, and then is the oldest, or now if there is none") {
  const int64_t begin = clock.now();
  tell(1000);  // others may have trimmed it already
  CHECK(oldest() >= begin);
  CHECK(oldest() <= clock.now());
  command({"HSET", "kilometric:instance.77", "oldest", "900"});
  Registration next{redis, clock, status, 77, std::chrono::milliseconds(1500)};
  tell(next, 1000);
  CHECK(oldest() == 1000);
  const int64_t last = clock.now();
  tell(next, ~uint64_t{0});
  CHECK(oldest() >= last);
  CHECK(oldest() <= clock.now());
}

TEST_CASE_FIXTURE(Fixture, "what nobody may trim never gets less") {
  command({"HSET", "kilometric:instance.77", "oldest", "900"});
  tell(1000);
  tell(800);
  CHECK(oldest() == 1000);
  command({"HSET", "kilometric:instance.77", "oldest", "900"});  // as an answer on its way may say
  tell(950);
  CHECK(oldest() == 1000);
  command({"HSET", "kilometric:instance.77", "oldest", "1100"});
  tell(950);
  CHECK(oldest() == 1100);
}

TEST_CASE_FIXTURE(Fixture, "it is due at the start, and then with every flush") {
  CHECK(registration.due());
  tell();
  CHECK_FALSE(registration.due());
  registration.begin_flush();
  CHECK(registration.due());
}

TEST_CASE_FIXTURE(Fixture, "a flush that Redis did not hear of is not over") {
  registration.begin_flush();
  const uint64_t first = uv_hrtime();
  server.pause();
  registration.tell({0, 0, 0}, [] {});
  redis.drop("for this test");
  CHECK(status.last_flush_ms.load() == 0);
  server.resume();
  run_until([&] { return redis.up(); });
  registration.begin_flush();
  const uint64_t second = uv_hrtime();
  tell();
  CHECK(status.flush_us.load() >= (second - first) / 1000);
}

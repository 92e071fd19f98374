#include "readerd/store/store.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/store");

namespace {

struct Fixture : RedisFixture {
  Fixture() {
    on_down = [this](const std::string& reason) { store.set_down_reason(reason); };
  }

  void fetch(size_t number) {
    const auto is_wanted = [this, number] { return wanted(number); };
    store.fetch({Kind::counter, "kilometric." + std::to_string(number), {}}, is_wanted,
                [this, number](const Result<Page>& result) {
                  answered.push_back(number);
                  if (const auto* refusal = std::get_if<Refusal>(&result)) refusals.push_back(refusal->message);
                });
  }

  std::function<bool(size_t)> wanted = [](size_t) { return true; };
  Metrics metrics;
  Store store{loop, redis, metrics};
  std::vector<size_t> answered;
  std::vector<std::string> refusals;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "64 pages are under way, the others wait for their turn") {
  for (size_t number = 0; number < 200; ++number) fetch(number);
  CHECK(redis.pending() == 0);  // until all have asked
  run_until([this] { return redis.pending() == 64; });
  run_until([this] { return answered.size() == 200; });
  CHECK(refusals.empty());
  CHECK(metrics.pages_read == 200);
  for (size_t number = 0; number < answered.size(); ++number) CHECK(answered[number] == number);
}

TEST_CASE_FIXTURE(Fixture, "what nobody wants any more costs Redis nothing") {
  for (size_t number = 0; number < 200; ++number) fetch(number);
  run_until([this] { return redis.pending() == 64; });
  wanted = [](size_t number) { return number % 10 == 0; };
  run_until([this] { return answered.size() == 20; });  // 0, 10, ..., 190
  CHECK(answered.back() == 190);
  CHECK(metrics.pages_read == 64 + 13);
  CHECK(redis.pending() == 0);
}

TEST_CASE_FIXTURE(Fixture, "who asks what already waits shares the reply; what is on its way is not shared") {
  for (int times = 0; times < 100; ++times) fetch(7);
  run_until([this] { return redis.pending() == 1; });
  for (int times = 0; times < 100; ++times) fetch(7);
  run_until([this] { return answered.size() == 200; });
  CHECK(metrics.pages_read == 2);
}

TEST_CASE_FIXTURE(Fixture, "when Redis is lost, those who wait are told why, however many") {
  server.pause();
  for (size_t number = 0; number < 100'000; ++number) fetch(number);
  run_until([this] { return redis.pending() == 64; });
  redis.drop("unplugged");
  run_until([this] { return answered.size() == 100'000; });
  CHECK(refusals.size() == 100'000);
  CHECK(refusals.back() == "Redis does not answer: unplugged");
  fetch(7);
  run_until([this] { return answered.size() == 100'001; });
  server.resume();
  run_until([this] { return redis.up(); });
  fetch(8);
  run_until([this] { return answered.size() == 100'002; });
  CHECK(refusals.size() == 100'001);
}

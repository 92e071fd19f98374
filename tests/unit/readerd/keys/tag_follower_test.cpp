#include "readerd/keys/tag_follower.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/keys");

namespace {

struct Fixture : RedisFixture {
  /// The tags, or the status of the refusal.
  std::string ask() {
    std::string text;
    bool told = false;
    follower->when_known([] { return true; },
                         [&](const TagIndex* index, const Refusal& refusal) {
                           told = true;
                           if (index == nullptr) {
                             text = std::to_string(refusal.status);
                             return;
                           }
                           for (const std::string& tag : index->tags("")) text += tag + " ";
                         });
    run_until([&] { return told; });
    return text;
  }

  Metrics metrics;
  Store store{loop, redis, metrics};
  std::optional<TagFollower> follower{std::in_place, loop, store, metrics};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "who asks while the first walk is under way waits for it") {
  command({"ZADD", "kilometric:keys", "0", "a;dc=eu"});
  command({"ZADD", "kilometric:set:keys", "0", "b;host=x"});
  int told = 0, not_wanted = 0;
  for (int i = 0; i < 5; ++i)
    follower->when_known([] { return true; },
                         [&](const TagIndex* index, const Refusal&) { told += index != nullptr; });
  follower->when_known([] { return false; }, [&](const TagIndex*, const Refusal&) { ++not_wanted; });
  CHECK(told == 0);
  run_until([&] { return told == 5; });
  CHECK(not_wanted == 0);
  CHECK(metrics.tag_walks == 1);
  CHECK(ask() == "dc host name ");
  CHECK(metrics.tag_walks == 1);
  CHECK(metrics.tag_index_bytes > 3 * TagIndex::kTagBytes);
}

TEST_CASE_FIXTURE(Fixture, "an index of keys that is none holds none") {
  command({"SET", "kilometric:keys", "somebody's"});
  command({"ZADD", "kilometric:timer:keys", "0", "a;dc=eu"});
  CHECK(ask() == "dc name ");
}

TEST_CASE_FIXTURE(Fixture,
                  "when Redis is lost amid a walk, who waits is refused, and the next one gets a new walk") {
  command({"ZADD", "kilometric:keys", "0", "a;dc=eu"});
  server.pause();
  int status = 0;
  follower->when_known([] { return true; },
                       [&](const TagIndex* index, const Refusal& refusal) {
                         CHECK(index == nullptr);
                         status = refusal.status;
                       });
  run_until([&] { return redis.pending() > 0; });
  redis.drop("unplugged");
  run_until([&] { return status != 0; });
  CHECK(status == 503);
  server.resume();
  run_until([&] { return redis.up(); });
  CHECK(ask() == "dc name ");
}

TEST_CASE_FIXTURE(Fixture, "it may end amid a walk") {
  follower->when_known([] { return true; }, [&](const TagIndex*, const Refusal&) { FAIL("told"); });
  run_until([&] { return redis.pending() > 0; });
  follower.reset();
  run_until([&] { return redis.pending() == 0; });
  CHECK(metrics.tag_walks == 0);
}

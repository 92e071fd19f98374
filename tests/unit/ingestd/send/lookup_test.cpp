#include "ingestd/send/lookup.h"

#include <doctest/doctest.h>

#include <optional>

#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/send");

namespace {

struct Fixture : RedisFixture {
  Lookup look(const std::string& id, Tried tried = Tried::maybe, uint64_t most = 0,
              const std::string& record = {}) {
    std::optional<Lookup> found;
    look_up(redis, {"kilometric.a", id, tried, most, record}, [&](const Lookup& lookup) {
      found = lookup;
      error = lookup.reply ? reply_text(lookup.reply) : "";
    });
    run_until([&] { return found.has_value(); });
    return *found;
  }

  std::string error;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an entry that arrived before is there") {
  command({"XADD", "kilometric.a", "1000-7", "count", "1"});
  command({"XADD", "kilometric.a", "1500-8", "count", "1"});
  CHECK(look("1000-7").outcome == Lookup::Outcome::there);
}

TEST_CASE_FIXTURE(Fixture, "an entry that another writer was ahead of is too late, by the stream's top") {
  command({"XADD", "kilometric.a", "1500-8", "count", "1"});
  const Lookup lookup = look("1000-7");
  CHECK(lookup.outcome == Lookup::Outcome::too_late);
  CHECK(lookup.top_ms == 1500);
}

TEST_CASE_FIXTURE(Fixture, "what was never sent and is there is another's") {
  command({"XADD", "kilometric.a", "1000-7", "count", "1"});
  const Lookup lookup = look("1000-7", Tried::never);
  CHECK(lookup.outcome == Lookup::Outcome::too_late);
  CHECK(lookup.top_ms == 1000);
  CHECK(lookup.taken);
  CHECK_FALSE(look("999-7", Tried::never).taken);
}

TEST_CASE_FIXTURE(Fixture,
                  "a stream whose top is past every time is full, whatever it holds of ours is there") {
  command({"XADD", "kilometric.a", "1000-7", "count", "1"});
  command({"XADD", "kilometric.a", "253402300799998-1", "count", "1"});
  CHECK(look("1001-7").outcome == Lookup::Outcome::too_late);
  for (const char* top :
       {"253402300799999-1", "18446744073709551615-1", "18446744073709551615-18446744073709551615"}) {
    command({"XADD", "kilometric.a", top, "count", "1"});
    CHECK(look("1001-7").outcome == Lookup::Outcome::full);
    CHECK(look("1000-7").outcome == Lookup::Outcome::there);
  }
}

TEST_CASE_FIXTURE(Fixture, "a stream that was emptied still knows its top") {
  command({"XADD", "kilometric.a", "1500-8", "count", "1"});
  command({"XDEL", "kilometric.a", "1500-8"});
  CHECK(look("1000-7").top_ms == 1500);
}

TEST_CASE_FIXTURE(Fixture, "a stream that was deleted meanwhile has no top") {
  const Lookup lookup = look("1000-7");
  CHECK(lookup.outcome == Lookup::Outcome::too_late);
  CHECK(lookup.top_ms == 0);
}

TEST_CASE_FIXTURE(Fixture, "an entry that a full stream has dropped since is not missing") {
  command({"XADD", "kilometric.a", "1500-8", "count", "1"});
  command({"XADD", "kilometric.a", "1600-8", "count", "1"});
  CHECK(look("1000-7", Tried::maybe, 2).outcome == Lookup::Outcome::there);
  CHECK(look("1500-7", Tried::maybe, 2).outcome == Lookup::Outcome::there);
  CHECK(look("1000-7", Tried::never, 2).outcome == Lookup::Outcome::too_late);
  CHECK(look("1000-7", Tried::maybe, 3).outcome == Lookup::Outcome::too_late);  // not full
  CHECK(look("1500-9", Tried::maybe, 2).outcome == Lookup::Outcome::too_late);  // others as old are there
}

TEST_CASE_FIXTURE(Fixture, "an entry that may have been trimmed is doubtful unless it was held all the time") {
  constexpr uint64_t kHour = 3'600'000;
  const std::string id = std::to_string(5 * kHour + 1) + "-7", record = "kilometric:instance.7";
  const auto outcome = [&] { return look(id, Tried::maybe, 0, record).outcome; };
  CHECK(outcome() == Lookup::Outcome::too_late);  // a stream that was trimmed is there still
  command({"XADD", "kilometric.a", std::to_string(9 * kHour) + "-8", "count", "1"});
  CHECK(outcome() == Lookup::Outcome::doubtful);
  CHECK(look(id).outcome == Lookup::Outcome::too_late);
  for (const std::string& late :
       {std::to_string(6 * kHour), std::string("18446744073709551615"), std::string("soon")}) {
    command({"HSET", record, "oldest", late});
    CHECK(outcome() == Lookup::Outcome::doubtful);
  }
  for (const uint64_t early : {uint64_t{0}, 4 * kHour, 5 * kHour + 2}) {
    command({"HSET", record, "oldest", std::to_string(early)});
    CHECK(outcome() == Lookup::Outcome::too_late);
  }
  command({"DEL", record});
  command({"DEL", "kilometric.a"});
  command({"XADD", "kilometric.a", std::to_string(4 * kHour) + "-8", "count", "1"});
  command({"XADD", "kilometric.a", std::to_string(9 * kHour) + "-8", "count", "1"});
  CHECK(outcome() == Lookup::Outcome::too_late);  // what is trimmed is the oldest
  command({"XTRIM", "kilometric.a", "MAXLEN", "0"});
  CHECK(outcome() == Lookup::Outcome::doubtful);
  command({"SET", record, "no hash"});
  CHECK(outcome() == Lookup::Outcome::unknown);
}

TEST_CASE_FIXTURE(Fixture, "an error says nothing of the entry") {
  command({"SET", "kilometric.a", "no stream"});
  CHECK(look("1000-7").outcome == Lookup::Outcome::unknown);
  CHECK(error.starts_with("WRONGTYPE"));
}

TEST_CASE_FIXTURE(Fixture, "nor does a lost connection") {
  server.kill();
  const Lookup lookup = look("1000-7");
  CHECK(lookup.outcome == Lookup::Outcome::unknown);
  CHECK(lookup.reply == nullptr);
}

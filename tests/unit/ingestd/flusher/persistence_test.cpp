#include "ingestd/flusher/persistence.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/flusher");

namespace {

std::string info(const char* append_only, const char* ended, const char* took) {
  return std::string("# Persistence\r\nloading:0\r\nrdb_last_save_time:") + ended +
         "\r\nrdb_last_bgsave_time_sec:" + took + "\r\naof_enabled:" + append_only + "\r\n# Stats\r\n";
}

}  // namespace

TEST_CASE("a snapshot has what was acknowledged before it began") {
  const auto snapshots = Persistence::parse(info("0", "1700000000", "30"));
  REQUIRE(snapshots);
  CHECK_FALSE(snapshots->append_only);
  CHECK(snapshots->snapshot_ms == 1'699'999'968'000);
  CHECK(Persistence::parse(info("0", "1700000000", "-1"))->snapshot_ms == 1'699'999'998'000);  // none yet
  CHECK(Persistence::parse(info("1", "1700000000", "-1"))->append_only);
}

TEST_CASE("what Redis does not say, or says in another way, is not known") {
  CHECK_FALSE(Persistence::parse(""));
  CHECK_FALSE(Persistence::parse("NOPERM this user has no permissions"));
  CHECK_FALSE(Persistence::parse(info("yes", "1700000000", "1")));
  CHECK_FALSE(Persistence::parse(info("0", "", "1")));
  CHECK_FALSE(Persistence::parse(info("0", "-5", "1")));
  CHECK_FALSE(Persistence::parse(info("0", "99999999999999999999", "1")));
  CHECK(Persistence::parse(info("0", "10", "9223372036854775807"))->snapshot_ms == -2000);
}

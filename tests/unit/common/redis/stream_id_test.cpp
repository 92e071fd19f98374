#include "common/redis/stream_id.h"

#include <doctest/doctest.h>

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

TEST_CASE("the next ID") {
  CHECK(next_id({5, 0}) == StreamId{5, 1});
  CHECK(next_id({5, kMostSequence}) == StreamId{6, 0});
  CHECK(next_id({kMostMs, 7}) == StreamId{kMostMs, 8});
  CHECK_FALSE(next_id(kLastId));
}

TEST_CASE("IDs are ordered by time, then by sequence") {
  CHECK(StreamId{5, kMostSequence} < StreamId{6, 0});
  CHECK(StreamId{5, 1} > StreamId{5, 0});
}

TEST_CASE("an ID is written as Redis reads it") {
  CHECK(to_text({1603303544893, 140737488355327}) == "1603303544893-140737488355327");
  CHECK(to_text(kLastId) == "18446744073709551615-18446744073709551615");
  CHECK(parse_stream_id(to_text(kLastId)) == kLastId);
}

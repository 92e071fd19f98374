#include "ingestd/count/grid.h"

#include <doctest/doctest.h>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

TEST_CASE("ends lie an interval apart, before and behind the anchor") {
  const Grid grid{3, 1000};
  CHECK(grid.last_end(3) == 3);
  CHECK(grid.last_end(1002) == 3);
  CHECK(grid.last_end(1003) == 1003);
  CHECK(grid.last_end(2) == -997);
  CHECK(Grid{5003, 1000}.last_end(1500) == 1003);
}

TEST_CASE("the next end lies behind now, and at least half an interval behind the previous one") {
  const Grid grid{7, 1000};
  CHECK(grid.next_end(6, 0) == 1007);  // the grid has moved by 7 ms since an end at 0
  CHECK(grid.next_end(6, -1000) == 7);
  CHECK(grid.next_end(7, 7) == 1007);
  CHECK(grid.next_end(900, 7) == 1007);
  CHECK(grid.next_end(1003, 1010) == 1007);  // the previous is one that was not reached
  for (int64_t now = 0; now < 3000; ++now) {
    const int64_t next = grid.next_end(now, now - 5000);
    REQUIRE((next - 7) % 1000 == 0);
    REQUIRE(next > now);
    REQUIRE(next <= now + 1000);
  }
}

TEST_CASE("a segment sealed up to a quarter of an interval late belongs to the interval that ended") {
  const Grid grid{0, 1000};
  CHECK(grid.end_for(2000) == 2000);
  CHECK(grid.end_for(2250) == 2000);
  CHECK(grid.end_for(2251) == 3000);
  CHECK(grid.end_for(2999) == 3000);
  CHECK(grid.end_for(1999) == 2000);
}

#include "readerd/api/health.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("readerd/api");

using kilometric::recent;

TEST_CASE("ten intervals are recent, more are not") {
  CHECK(recent(1000, 1000, 10));
  CHECK(recent(0, 100'000, 10));
  CHECK_FALSE(recent(0, 100'001, 10));
  CHECK(recent(0, 500, 0.05));
  CHECK_FALSE(recent(0, 501, 0.05));
}

TEST_CASE("a flush far in the future is not recent") {
  CHECK(recent(100'000, 0, 10));
  CHECK_FALSE(recent(100'001, 0, 10));
}

#include "common/clock.h"

#include <doctest/doctest.h>

#include <limits>
#include <type_traits>

using namespace kilometric;

TEST_SUITE_BEGIN("common");

TEST_CASE("a time goes down to the start of its step") {
  CHECK(floor_to(Step{1000}, 0) == 0);
  CHECK(floor_to(Step{1000}, 999) == 0);
  CHECK(floor_to(Step{1000}, 1000) == 1000);
  CHECK(floor_to(Step{1000}, 1999) == 1000);
  CHECK(floor_to(Step{1000}, std::numeric_limits<uint64_t>::max()) == 18'446'744'073'709'551'000u);
  static_assert(!std::is_convertible_v<uint64_t, Step>);
}

#include "readerd/functions/rate.h"

#include <doctest/doctest.h>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/functions");

TEST_CASE("a rate is rounded to millionths, and exact up to 2^63") {
  const auto text = [](Amount amount, uint64_t ms) { return to_text(per_second(amount, ms)); };
  CHECK(text({1, 0}, 3'000) == "0.333333");
  CHECK(text({2, 0}, 3'000) == "0.666667");
  CHECK(text({-2, 0}, 3'000) == "-0.666667");
  CHECK(text({600, 0}, 60'000) == "10");
  CHECK(text({INT64_MAX, 999'999}, 1'000) == "9223372036854775807.999999");
}

#include "ingestd/system/zeros.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/system");

TEST_CASE("small and large ones begin with zeros, hold what is written, and are zeros again") {
  const auto is_zero = [](uint64_t number) { return number == 0; };
  for (const size_t size : {size_t{1}, size_t{1000}, (size_t{2} << 20) / sizeof(uint64_t), size_t{300'001}}) {
    Zeros zeros(size);
    REQUIRE(zeros.size() == size);
    CHECK(std::all_of(zeros.begin(), zeros.end(), is_zero));
    for (size_t at = 0; at < size; ++at) zeros[at] = at + 1;
    Zeros moved = std::move(zeros);
    CHECK(moved[size - 1] == size);
    CHECK(moved[0] == 1);
    moved.clear();
    CHECK(std::all_of(moved.begin(), moved.end(), is_zero));
  }
  CHECK(Zeros().empty());
}

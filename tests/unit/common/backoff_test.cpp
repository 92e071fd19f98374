#include "common/backoff.h"

#include <doctest/doctest.h>

#include <set>

TEST_SUITE_BEGIN("common");

using kilometric::Backoff;
using namespace std::chrono_literals;

TEST_CASE("each wait is twice the one before, up to the most") {
  Backoff backoff(100ms, 500ms);
  for (const auto wait : {100ms, 200ms, 400ms, 500ms, 500ms}) CHECK(backoff.next() == wait);
  backoff.reset();
  CHECK(backoff.next() == 100ms);
}

TEST_CASE("jitter takes off up to a half, and not always the same") {
  std::set<std::chrono::milliseconds> waits;
  for (int i = 0; i < 100; ++i) {
    Backoff backoff(1000ms, 4000ms);
    const auto first = backoff.next_with_jitter();
    CHECK(first >= 500ms);
    CHECK(first <= 1000ms);
    const auto second = backoff.next_with_jitter();
    CHECK(second >= 1000ms);
    CHECK(second <= 2000ms);
    waits.insert(first);
  }
  CHECK(waits.size() > 10);
}

#include "ingestd/send/told_keys.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <unordered_set>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/send");

TEST_CASE("a set of hashes holds what a plain one holds") {
  std::mt19937_64 random(2);
  HashSet set;
  std::unordered_set<uint64_t> plain;
  for (int step = 0; step < 200'000; ++step) {
    const uint64_t hash = 1 + random() % 3000 * 0x1'0000'0001;  // many of one place
    if (random() % 3 != 0) {
      set.insert(hash);
      plain.insert(hash);
    } else {
      set.erase(hash);
      plain.erase(hash);
    }
    REQUIRE(set.size() == plain.size());
    const uint64_t asked = 1 + random() % 3000 * 0x1'0000'0001;
    REQUIRE(set.contains(asked) == plain.contains(asked));
  }
}

TEST_CASE("a key is told again after one to two hours, when it was taken out, and when all may be lost") {
  ToldKeys told;
  constexpr int64_t kHour = ToldKeys::kGenerationMs;
  told.grow_old(1);
  told.insert(Kind::counter, "a");
  told.insert(Kind::counter, "b");
  CHECK(told.contains(Kind::counter, "a"));
  CHECK_FALSE(told.contains(Kind::counter, "c"));
  told.erase(Kind::counter, "a");
  CHECK_FALSE(told.contains(Kind::counter, "a"));
  told.grow_old(1 + kHour);
  CHECK(told.contains(Kind::counter, "b"));
  told.erase(Kind::counter, "b");
  CHECK_FALSE(told.contains(Kind::counter, "b"));
  told.insert(Kind::counter, "b");
  told.grow_old(1 + 2 * kHour);
  CHECK(told.contains(Kind::counter, "b"));
  told.grow_old(1 + 3 * kHour);
  CHECK_FALSE(told.contains(Kind::counter, "b"));
  told.insert(Kind::counter, "b");
  told.clear();
  CHECK_FALSE(told.contains(Kind::counter, "b"));
}

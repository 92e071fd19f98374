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

TEST_CASE("a key is due once in sixteen batches, and forgotten when it was not told in the last 32") {
  ToldKeys told;
  for (int i = 0; i < 100; ++i) {
    const std::string key = "key" + std::to_string(i);
    const uint64_t hash = told.hash_of(Kind::counter, key);
    told.insert(Kind::counter, key);
    CHECK(told.contains(Kind::counter, key));
    uint64_t due = 0, batches = 0;
    for (; told.contains(hash); ++batches) {
      if (batches < 2 * ToldKeys::kShares) due += told.is_due(hash);
      told.begin_batch();
      REQUIRE(batches < 2 * ToldKeys::kShares);
    }
    CHECK(batches > ToldKeys::kShares);
    CHECK(due >= 1);
    CHECK(due <= 2);
  }
}

TEST_CASE("a key that is told whenever it is due is never forgotten") {
  ToldKeys told;
  const uint64_t hash = told.hash_of(Kind::counter, "a");
  told.insert(hash);
  for (int batch = 0; batch < 100; ++batch) {
    told.begin_batch();
    REQUIRE(told.contains(hash));
    if (told.is_due(hash)) told.insert(hash);
  }
}

TEST_CASE("a key is told again when it was taken out, and when all may be lost") {
  ToldKeys told;
  told.insert(Kind::counter, "a");
  told.insert(Kind::counter, "b");
  CHECK_FALSE(told.contains(Kind::counter, "c"));
  for (uint64_t batch = 0; batch < ToldKeys::kShares; ++batch) told.begin_batch();  // both are older now
  told.insert(Kind::counter, "a");
  told.erase(Kind::counter, "a");
  CHECK_FALSE(told.contains(Kind::counter, "a"));
  CHECK(told.contains(Kind::counter, "b"));
  told.lose();
  CHECK_FALSE(told.contains(Kind::counter, "b"));
  CHECK(told.losses() == 1);
}

#include "ingestd/count/known_keys.h"

#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "common/clock.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

constexpr int64_t kHalfHour = KnownKeys::kGenerationMs;

/// What a writer does with a key; false: it is refused.
bool admit(KnownKeys& known, uint64_t hash) {
  if (!known.knows(hash) && known.is_full()) return false;
  known.note(hash);
  return true;
}

/// How many of `count` new hashes are let through.
uint64_t admitted(KnownKeys& known, std::mt19937_64& random, uint64_t count) {
  uint64_t through = 0;
  for (uint64_t i = 0; i < count; ++i) through += admit(known, random());
  return through;
}

}  // namespace

TEST_CASE("when MAX_KEYS are known all of them go on, and at most one new one in a hundred is let through") {
  TemporaryFolder folder;
  constexpr uint64_t kMost = 20'000;
  KnownKeys known(folder.path(), 0, kMost);
  std::mt19937_64 random(1);
  CHECK(admitted(known, random, 2 * kMost) < kMost * 102 / 100);
  CHECK(known.size() == kMost);
  CHECK(admitted(known, random, 100'000) <= 1'000);
  std::mt19937_64 again(1);
  for (uint64_t i = 0; i < kMost / 2; ++i) REQUIRE(admit(known, again()));
}

TEST_CASE("keys that do not come for an hour make room, half of it each half hour") {
  TemporaryFolder folder;
  KnownKeys known(folder.path(), 0, 100);
  std::mt19937_64 random(3);
  std::vector<uint64_t> keys(100);
  for (uint64_t& key : keys) key = random();
  const uint64_t another = random();
  const int64_t begin = boot_ms();
  for (const uint64_t key : keys) REQUIRE(admit(known, key));
  CHECK_FALSE(admit(known, another));
  known.grow_old(begin + kHalfHour);
  CHECK_FALSE(admit(known, another));  // all of them are known yet
  for (size_t i = 0; i < 40; ++i) CHECK(admit(known, keys[i]));
  CHECK(known.size() == 100);  // a key counts once
  known.grow_old(begin + 2 * kHalfHour + 1);
  CHECK(known.size() == 40);
  CHECK(admit(known, another));
  known.grow_old(begin + 20 * kHalfHour);
  CHECK(known.size() == 0);
}

TEST_CASE("a successor knows the same keys, by the same secret; another MAX_KEYS begins anew") {
  TemporaryFolder folder;
  KeyHash::Secret secret;
  {
    KnownKeys known(folder.path(), 0, 100);
    secret = known.secret();
    CHECK(admit(known, 7));
  }
  {
    KnownKeys known(folder.path(), 0, 100);
    CHECK(known.secret() == secret);
    CHECK(known.size() == 1);
  }
  {
    KnownKeys known(folder.path(), 0, 10'000);
    CHECK(known.secret() != secret);
    CHECK(known.size() == 0);
  }
  std::ofstream(KnownKeys::path(folder.path(), 1), std::ios::binary) << std::string(9'000, 'x');
  CHECK(KnownKeys(folder.path(), 1, 100).size() == 0);
}

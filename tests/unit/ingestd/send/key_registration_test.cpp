#include "ingestd/send/key_registration.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/ingestd/send/a_batch.h"

using namespace kilometric;

TEST_CASE("the index is told the keys that it may lack, a hundred in a command") {
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) keys.push_back("key" + std::to_string(i));
  std::vector<BatchEntry> entries;
  for (const std::string& key : keys) {
    entries.push_back(an_entry(key));
    entries.back().fresh = entries.size() % 2 == 0;
  }
  ABatch a(entries);
  const Batch batch = a.spool.next();
  KeyRegistration registration;
  for (int round = 0; round < 2; ++round) {
    registration.begin();
    std::vector<std::string> told;
    std::vector<size_t> sizes;
    while (!registration.done(batch)) {
      const auto command = registration.next(batch);
      sizes.push_back(command.size());
      for (size_t i = 3; i < command.size(); i += 2) told.emplace_back(command[i]);
    }
    CHECK(sizes == std::vector<size_t>{202, 202, 102});
    REQUIRE(told.size() == 250);
    for (size_t i = 0; i < told.size(); ++i) CHECK(told[i] == keys[2 * i + 1]);
  }
}

TEST_CASE("when the index lacks none there is no command") {
  ABatch a({an_entry("a")});
  const Batch batch = a.spool.next();
  KeyRegistration registration;
  CHECK_FALSE(registration.done(batch));
  CHECK(registration.next(batch).empty());
  CHECK(registration.done(batch));
}

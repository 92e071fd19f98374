#include "ingestd/send/key_registration.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/ingestd/send/a_batch.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/send");

TEST_CASE("the index is told the keys that it was not told yet, a hundred in a command") {
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) keys.push_back("key" + std::to_string(i));
  std::vector<BatchEntry> entries;
  ToldKeys told;
  for (const std::string& key : keys) {
    entries.push_back(an_entry(key));
    if (entries.size() % 2 != 0) told.insert(Kind::counter, key);
  }
  ABatch a(entries);
  const Batch batch = a.spool.next();
  KeyRegistration registration(told);
  for (int round = 0; round < 2; ++round) {  // the second as after a loss: nothing was answered
    registration.begin();
    std::vector<std::string> given;
    std::vector<size_t> sizes;
    while (!registration.done(batch)) {
      const auto command = registration.next(batch).command;
      sizes.push_back(command.size());
      for (size_t i = 3; i < command.size(); i += 2) given.emplace_back(command[i]);
    }
    CHECK(sizes == std::vector<size_t>{202, 202, 102});
    REQUIRE(given.size() == 250);
    for (size_t i = 0; i < given.size(); ++i) CHECK(given[i] == keys[2 * i + 1]);
  }
}

TEST_CASE("what Redis has taken is told no more, until a key is missing") {
  ABatch a({an_entry("a"), an_entry("b")});
  const Batch batch = a.spool.next();
  ToldKeys told;
  KeyRegistration registration(told);
  registration.begin();
  CHECK(registration.samples(batch).empty());  // it is believed to know none
  registration.on_told(batch, registration.next(batch));
  registration.begin();
  CHECK(registration.next(batch).command.empty());
  CHECK(registration.done(batch));
  CHECK(registration.samples(batch).size() == 3);
  CHECK(registration.samples(batch).empty());  // once a batch
  registration.on_missing();
  CHECK(registration.next(batch).command.size() == 6);
}

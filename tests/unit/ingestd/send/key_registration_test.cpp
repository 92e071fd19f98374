#include "ingestd/send/key_registration.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/ingestd/send/a_batch.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/send");

namespace {

/// A batch of so many keys, "key0" and on.
struct Keys : ABatch {
  explicit Keys(size_t count) : Keys(names(count)) {}
  explicit Keys(const std::vector<std::string>& names) : ABatch(entries(names)), batch(spool.next()) {}

  static std::vector<std::string> names(size_t count) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) names.push_back("key" + std::to_string(i));
    return names;
  }
  static std::vector<BatchEntry> entries(const std::vector<std::string>& names) {
    std::vector<BatchEntry> entries;
    for (const std::string& name : names) entries.push_back(an_entry(name));
    return entries;
  }

  Batch batch;
};

/// The index in Redis, and what it is told with each batch.
struct Index {
  explicit Index(const Batch& of) : batch(of) {}

  void take(const KeyRegistration::Part& part) {
    size_t added = 0;
    for (size_t i = 3; i < part.command.size(); i += 2) added += keys.emplace(part.command[i]).second;
    commands.push_back(part.hashes.size());
    registration.on_told(batch, part, added);
  }

  /// All of a batch.
  void tell() {
    registration.begin();
    commands.clear();
    while (!registration.done(batch))
      if (const auto part = registration.next(batch); !part.command.empty()) take(part);
  }

  size_t told_last() const { return std::accumulate(commands.begin(), commands.end(), size_t{0}); }

  const Batch& batch;
  ToldKeys told;
  KeyRegistration registration{told};
  std::set<std::string> keys;
  std::vector<size_t> commands;  ///< how many keys each had
};

struct Quiet {
  Quiet() { spdlog::set_level(spdlog::level::off); }
  ~Quiet() { spdlog::set_level(spdlog::level::info); }
};

}  // namespace

TEST_CASE("the index is told all keys once, a hundred in a command, and then a quarter with each batch") {
  const Keys keys(1050);
  Index index(keys.batch);
  index.tell();
  CHECK(index.commands == std::vector<size_t>{100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 50});
  CHECK(index.keys.size() == 1050);
  size_t told = 0;
  for (int batch = 0; batch < 4; ++batch) {
    index.tell();
    CHECK(index.told_last() > 150);
    CHECK(index.told_last() < 400);
    told += index.told_last();
  }
  CHECK(told == 1050);
  CHECK(index.told.losses() == 0);
}

TEST_CASE("a batch of a hundred keys or less is told whole each time") {
  const Keys keys(100);
  Index index(keys.batch);
  for (int batch = 0; batch < 10; ++batch) {
    index.tell();
    CHECK(index.commands == std::vector<size_t>{100});
  }
}

TEST_CASE("what was not answered is told again") {
  const Keys keys(500);
  Index index(keys.batch);
  index.registration.begin();
  index.take(index.registration.next(keys.batch));
  index.registration.next(keys.batch);  // lost
  index.registration.begin_again();
  while (!index.registration.done(keys.batch))
    if (const auto part = index.registration.next(keys.batch); !part.command.empty()) index.take(part);
  CHECK(index.keys.size() == 500);
}

TEST_CASE(
    "a key that is taken out of the index is in it again within four batches, and the rest is left alone") {
  const Keys keys(1000);
  Index index(keys.batch);
  index.tell();
  for (const char* const name : {"key0", "key1", "key500", "key999"}) {
    index.keys.erase(name);
    for (int batch = 0; batch < 4; ++batch) index.tell();
    CHECK(index.keys.contains(name));
  }
  CHECK(index.told.losses() == 0);
}

TEST_CASE("keys that may be new to the index are noted, and those that it had are not") {
  const Keys keys(150);
  Index index(keys.batch);
  for (int i = 0; i < 149; ++i) index.keys.insert("key" + std::to_string(i));  // as after a restart
  index.tell();
  const auto noted = index.told.take_new();
  REQUIRE(noted.size() == 50);  // of the command with the last one
  CHECK(noted.back().name == "key149");
  index.tell();
  CHECK(index.told.take_new().empty());
}

TEST_CASE_FIXTURE(Quiet, "an index that has lost everything is told everything with the next batch") {
  for (const size_t count : {size_t{1}, size_t{90}, size_t{1000}}) {
    const Keys keys(count);
    Index index(keys.batch);
    for (int batch = 0; batch < 3; ++batch) index.tell();
    index.keys = {"another's"};
    index.tell();
    CHECK(index.keys.size() == count + 1);
    CHECK(index.told.losses() == 1);
    index.tell();
    CHECK(index.told.losses() == 1);
  }
}

TEST_CASE_FIXTURE(Quiet,
                  "parts that were on their way when the index was found lost do not find it once more") {
  const Keys keys(1000);
  Index index(keys.batch);
  index.tell();
  index.keys.clear();
  index.registration.begin();
  const auto first = index.registration.next(keys.batch), second = index.registration.next(keys.batch);
  index.take(first);
  index.take(second);
  CHECK(index.told.losses() == 1);
}

#include "ingestd/send/key_registration.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <map>
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
    registration.on_told(part, added);
    while (const auto newcomer = registration.next_newcomer())
      if (have_history) registration.on_history(batch, *newcomer);
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
  bool have_history = true;      ///< the streams of all keys
};

/// A batch with keys of both kinds, taking turns; the index of each kind, and what it was told.
struct TwoKinds {
  explicit TwoKinds(size_t of_each) : stored(entries(of_each)), batch(stored.spool.next()) {}

  static std::vector<BatchEntry> entries(size_t of_each) {
    static std::vector<std::string> names;  // entries do not own their keys
    for (size_t i = names.size(); i < of_each; ++i) names.push_back("key" + std::to_string(i));
    std::vector<BatchEntry> entries;
    for (size_t i = 0; i < of_each; ++i)
      for (const Delta& delta : {
               Delta(Counter{{1, 0}}),
               Delta(Set({token_of("member")})),
           }) {
        entries.push_back(an_entry(names[i]));
        entries.back().delta = delta;
      }
    return entries;
  }

  void tell() {
    registration.begin();
    told_last.clear();
    while (!registration.done(batch)) {
      const KeyRegistration::Part part = registration.next(batch);
      if (part.command.empty()) continue;
      REQUIRE(part.command[0] == "ZADD");
      REQUIRE(part.command[1] == text_of(part.kind).index);
      REQUIRE(part.hashes.size() <= 100);
      std::set<std::string>& index = indexes[part.command[1]];
      size_t added = 0;
      for (size_t i = 3; i < part.command.size(); i += 2) added += index.emplace(part.command[i]).second;
      told_last[part.command[1]] += part.hashes.size();
      registration.on_told(part, added);
      while (const auto newcomer = registration.next_newcomer()) registration.on_history(batch, *newcomer);
    }
  }

  ABatch stored;
  Batch batch;
  ToldKeys told;
  KeyRegistration registration{told};
  std::map<std::string_view, std::set<std::string>> indexes;
  std::map<std::string_view, size_t> told_last;  ///< keys, of each index
};

struct Quiet {
  Quiet() { spdlog::set_level(spdlog::level::off); }
  ~Quiet() { spdlog::set_level(spdlog::level::info); }
};

}  // namespace

TEST_CASE("the index is told all keys once, a hundred in a command, and then a sixteenth with each batch") {
  const Keys keys(1050);
  Index index(keys.batch);
  index.tell();
  CHECK(index.commands == std::vector<size_t>{100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 50});
  CHECK(index.keys.size() == 1050);
  size_t told = 0;
  for (uint64_t batch = 0; batch < ToldKeys::kShares; ++batch) {
    index.tell();
    CHECK(index.told_last() > 20);
    CHECK(index.told_last() < 150);
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
    "a key that is taken out of the index is in it again within sixteen batches, and the rest is left alone") {
  const Keys keys(1000);
  Index index(keys.batch);
  index.tell();
  for (const char* const name : {"key0", "key1", "key500", "key999"}) {
    index.keys.erase(name);
    for (uint64_t batch = 0; batch < ToldKeys::kShares; ++batch) index.tell();
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
  CHECK(noted.front().name == "key149");
  index.tell();
  CHECK(index.told.take_new().empty());
}

TEST_CASE("keys that are new to the index and have no history need no pass") {
  const Keys keys(150);
  Index index(keys.batch);
  index.have_history = false;
  index.keys = {"key0", "another's"};
  index.tell();
  CHECK(index.told.take_new().empty());
  CHECK(index.told.added(row_of(Kind::counter)) == 149);
  CHECK(index.told.added(row_of(Kind::timer)) == 0);
}

TEST_CASE("keys with a history are noted, and when these are too many a pass is needed") {
  const Keys keys(ToldKeys::kMostNew + 1);
  Index index(keys.batch);
  index.tell();
  CHECK(index.told.take_new().size() == ToldKeys::kMostNew);
  CHECK(index.told.added(row_of(Kind::counter)) < keys.batch.size());
}

TEST_CASE("newcomers are part of what is to be done") {
  const Keys keys(1);
  ToldKeys told;
  KeyRegistration registration(told);
  registration.begin();
  registration.on_told(registration.next(keys.batch), 1);
  CHECK_FALSE(registration.done(keys.batch));
  CHECK(registration.next_newcomer() == std::optional<size_t>(0));
  CHECK(registration.done(keys.batch));
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
  const Keys keys(4000);
  Index index(keys.batch);
  index.tell();
  index.keys.clear();
  index.registration.begin();
  const auto first = index.registration.next(keys.batch), second = index.registration.next(keys.batch);
  REQUIRE(second.size() > 0);
  index.take(first);
  index.take(second);
  CHECK(index.told.losses() == 1);
}

TEST_CASE("each key is told to the index of its kind, and one name of two kinds to both") {
  for (const size_t count : {size_t{1}, size_t{60}, size_t{550}}) {
    TwoKinds keys(count);
    keys.tell();
    CHECK(keys.told_last ==
          std::map<std::string_view, size_t>{{"kilometric:keys", count}, {"kilometric:set:keys", count}});
    CHECK(keys.indexes["kilometric:keys"].size() == count);
    CHECK(keys.indexes["kilometric:keys"] == keys.indexes["kilometric:set:keys"]);
    size_t of_kind[5] = {};
    for (const ToldKeys::Key& key : keys.told.take_new()) ++of_kind[static_cast<size_t>(key.kind)];
    CHECK(of_kind[1] == count);
    CHECK(of_kind[4] == count);
    for (int batch = 0; batch < 5; ++batch) keys.tell();
    CHECK(keys.told.losses() == 0);
    CHECK(keys.told.take_new().empty());
  }
}

TEST_CASE_FIXTURE(Quiet,
                  "the loss of one kind's index is noticed, beside keys of another that has lost nothing") {
  for (const std::string_view lost : {"kilometric:keys", "kilometric:set:keys"})
    for (const size_t count : {size_t{1}, size_t{40}, size_t{1000}}) {
      TwoKinds keys(count);
      for (int batch = 0; batch < 3; ++batch) keys.tell();
      keys.indexes[lost].clear();
      keys.tell();
      CHECK(keys.told.losses() == 1);
      CHECK(keys.indexes[lost].size() == count);
      CHECK(keys.told_last["kilometric:keys"] >= count);
      CHECK(keys.told_last["kilometric:set:keys"] >= count);
      keys.tell();
      CHECK(keys.told.losses() == 1);
    }
}

TEST_CASE_FIXTURE(Quiet, "the loss of all indexes at once is one loss") {
  TwoKinds keys(700);
  keys.tell();
  keys.indexes.clear();
  keys.tell();
  CHECK(keys.told.losses() == 1);
  CHECK(keys.indexes["kilometric:keys"].size() == 700);
  CHECK(keys.indexes["kilometric:set:keys"].size() == 700);
}

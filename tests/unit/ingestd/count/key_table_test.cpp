#include "ingestd/count/key_table.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "ingestd/count/key_hash.h"
#include "ingestd/count/segment.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

/// A hash that begins its search at `slot`, and is told from others by `tag`.
constexpr uint64_t hash_of(uint64_t slot, uint64_t tag) { return (tag << 32) | slot; }

void write_key(const Segment& segment, uint64_t at, std::string_view key) {
  Cell& cell = segment.cell(at);
  cell.key_bytes = static_cast<decltype(cell.key_bytes)>(key.size());
  cell.kind = static_cast<uint8_t>(Kind::counter);
  std::memcpy(segment.key_data(at), key.data(), key.size());
}

struct Fixture {
  TemporaryFolder folder;
  Segment segment = Segment::create(folder.path(), 0, {4096, 64});
  KeyTable table{8};

  void add(std::string_view key, uint64_t hash, uint64_t at) {
    write_key(segment, at, key);
    table.insert(hash, at);
  }
  uint64_t find(std::string_view key, uint64_t hash) const {
    return table.find(Kind::counter, key, hash, segment);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an empty table has no key, and its likely cell is the first") {
  CHECK(find("a", hash_of(3, 1)) == KeyTable::kNone);
  CHECK(table.likely_cell(hash_of(3, 1)) == 0);
  CHECK(table.slots() == 8);
}

TEST_CASE_FIXTURE(Fixture, "keys that begin at the same slot are all found, also around the table's end") {
  for (uint64_t at = 0; at < 6; ++at) add("key." + std::to_string(at), hash_of(6, at + 1), at);
  for (uint64_t at = 0; at < 6; ++at) {
    CHECK(find("key." + std::to_string(at), hash_of(6, at + 1)) == at);
    CHECK(table.likely_cell(hash_of(6, at + 1)) == at);
  }
  CHECK(find("key.6", hash_of(6, 7)) == KeyTable::kNone);
}

TEST_CASE_FIXTURE(Fixture, "keys of one hash are told apart by their bytes") {
  add("one", hash_of(2, 9), 0);
  add("two", hash_of(2, 9), 1);
  CHECK(find("one", hash_of(2, 9)) == 0);
  CHECK(find("two", hash_of(2, 9)) == 1);
  CHECK(find("six", hash_of(2, 9)) == KeyTable::kNone);
  CHECK(table.likely_cell(hash_of(2, 9)) == 0);  // the first that looks right; the caller compares
}

TEST_CASE("a table that is three quarters full finds all of its keys and no other") {
  const TemporaryFolder folder;
  const Segment segment = Segment::create(folder.path(), 0, {4096, 64});
  const KeyHash hash(KeyHash::Secret{{{1, 2}, {3, 4}}});
  KeyTable table(4096);
  for (uint64_t at = 0; at < 3072; ++at) {
    const std::string key = "key." + std::to_string(at);
    write_key(segment, at, key);
    table.insert(hash(key), at);
  }
  for (uint64_t at = 0; at < 3072; ++at) {
    const std::string key = "key." + std::to_string(at), other = "no." + std::to_string(at);
    REQUIRE(table.find(Kind::counter, key, hash(key), segment) == at);
    REQUIRE(table.find(Kind::counter, other, hash(other), segment) == KeyTable::kNone);
  }
}

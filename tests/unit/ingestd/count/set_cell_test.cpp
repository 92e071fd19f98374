#include "ingestd/count/set_cell.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ingestd/count/cells.h"
#include "ingestd/count/line_group.h"
#include "ingestd/count/succession.h"
#include "ingestd/worker/receiver.h"
#include "tests/unit/crash.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

using Sets = std::map<std::string, Set>;
using Members = std::map<std::string, std::vector<MemberToken>>;  ///< by key

/// What all segments of a folder hold.
Sets sets(const std::filesystem::path& folder) {
  Sets result;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key([&](uint64_t at) {
      if (segment.cell(at).kind == static_cast<uint8_t>(Kind::set))
        result[std::string(segment.key(at))].merge(set_cell::delta(segment, at));
    });
  }
  std::erase_if(result, [](const auto& set) { return set.second.says_nothing(); });
  return result;
}

Sets sets_of(const Members& members) {
  Sets result;
  for (const auto& [key, tokens] : members) result[key] = Set(tokens);
  return result;
}

std::string line(const std::string& key, const std::string& member) { return key + ":" + member + "|s"; }

/// A worker that is given lines.
struct Worker {
  explicit Worker(const std::filesystem::path& folder, uint64_t max_keys = 10'000)
      : file(succeed_worker(folder, 0)), writer(folder, 0, file, max_keys), group(writer, Via::udp) {}

  void add(const std::string& key, const std::string& member) {
    lines.push_back(line(key, member));
    group.place() = parse_line(lines.back());
    REQUIRE(group.place().outcome == Outcome::accepted);
    if (group.add()) count();
  }
  void count() {
    for (const HashedLine& counted : group.count()) REQUIRE(counted.outcome == Outcome::accepted);
    lines.clear();
  }

  WorkerFile file;
  SegmentWriter writer;
  LineGroup group;
  std::deque<std::string> lines;
};

/// As in undo_log_test.cpp.
void receive(const std::filesystem::path& folder, const std::string& datagram) {
  WorkerFile file = WorkerFile::take(folder, 0);
  REQUIRE(datagram.size() < 65'536);
  std::memcpy(file.buffer(0), datagram.data(), datagram.size());
  file.header().messages[0].msg_len = static_cast<unsigned>(datagram.size());
}
void succeed(const std::filesystem::path& folder) {
  WorkerFile file = succeed_worker(folder, 0);
  SegmentWriter writer(folder, 0, file, 10'000);
  count_batch(file, writer, kReceiveDatagrams);
}

/// Lines of three keys: one grows through all forms, its members come again and again, also within a group;
/// between them are counters.
struct Mixed {
  explicit Mixed(size_t lines) {
    std::mt19937_64 random(7);
    for (size_t i = 0; i < lines; ++i) {
      const uint64_t chosen = random() % 16;
      const std::string key = chosen == 0 ? "few" : chosen == 1 ? "some" : "many";
      const std::string member = std::to_string(random() % (chosen == 0 ? 4 : chosen == 1 ? 30 : 2 * i + 1));
      if (chosen == 2) {
        datagram += "counter:1|c\n";
        added.push_back({});
        continue;
      }
      datagram += line(key, member) + "\n";
      added.push_back({key, token_of(member)});
    }
  }

  /// After so many lines.
  Sets after(size_t lines) const {
    Members members;
    for (size_t i = 0; i < lines; ++i)
      if (!added[i].first.empty()) members[added[i].first].push_back(added[i].second);
    return sets_of(members);
  }

  std::string datagram;
  std::vector<std::pair<std::string, MemberToken>> added;
};

uint64_t accepted(const std::filesystem::path& folder) {
  return WorkerFile::look(folder, 0).stats().lines[0][0].load();
}

}  // namespace

TEST_CASE("a set's cell holds what a plain set does, through all its forms") {
  TemporaryFolder folder;
  Worker worker(folder.path());
  Members members;
  for (unsigned i = 0; i < 700; ++i) {
    for (const unsigned member : {i, i / 2, i}) {
      worker.add("users", "member-" + std::to_string(member));
      members["users"].push_back(token_of("member-" + std::to_string(member)));
    }
    if (i % 7 > 0) continue;  // groups of any size
    worker.count();
    CAPTURE(i);
    REQUIRE(sets(folder.path()) == sets_of(members));
  }
}

TEST_CASE("a set of exactly 256 members is exact, and one of 257 is not kept by tokens") {
  TemporaryFolder folder;
  Worker worker(folder.path());
  for (unsigned i = 0; i < 256; ++i) worker.add("users", std::to_string(i));
  worker.count();
  CHECK(sets(folder.path())["users"].unique() == 256);
  worker.add("users", "one more");
  worker.count();
  const Set set = sets(folder.path())["users"];
  CHECK(Set::decode(set.encode()) == set);
  CHECK(set.encode()[0] == 1);
  CHECK(std::abs(set.unique() - 257) < 15);
}

TEST_CASE("sets, a counter and other kinds of one name are apart") {
  TemporaryFolder folder;
  Worker worker(folder.path());
  worker.add("a", "1");
  worker.add("b", "1");
  worker.add("b", "2");
  worker.count();
  CHECK(worker.writer.count(parse_line("a:5|c"), Via::udp) == Outcome::accepted);
  CHECK(sets(folder.path()) == sets_of({{"a", {token_of("1")}}, {"b", {token_of("1"), token_of("2")}}}));
}

TEST_CASE("sets that need more blocks than the segment has go on in the next one") {
  TemporaryFolder folder;
  Worker worker(folder.path());
  std::vector<MemberToken> tokens;
  for (unsigned member = 0; member < 330; ++member) {
    tokens.push_back(token_of(std::to_string(member)));
    for (unsigned key = 0; key < 600; ++key) worker.add("key-" + std::to_string(key), std::to_string(member));
  }
  worker.count();
  CHECK(list_segments(folder.path()).size() > 1);
  const Sets found = sets(folder.path());
  CHECK(found.size() == 600);
  for (const auto& [key, set] : found) {
    CAPTURE(key);
    CAPTURE(set.unique());
    REQUIRE(set == Set(tokens));
  }
}

TEST_CASE("after a worker was killed anywhere, its sets hold what was counted whole, and then all") {
  const Mixed mixed(500);
  REQUIRE(mixed.after(500).at("many").encode()[0] != 0);
  bool crashed = true;
  unsigned groups = 0;
  for (unsigned long at = 1; crashed; at += at % 6 == 0 ? 1 : 5) {
    CAPTURE(at);
    TemporaryFolder folder;
    receive(folder.path(), mixed.datagram);
    crashed = crashes_at(at, [&] { succeed(folder.path()); });
    { WorkerFile undone = succeed_worker(folder.path(), 0); }
    const uint64_t lines = accepted(folder.path());
    REQUIRE(sets(folder.path()) == mixed.after(lines));
    groups += lines > 0 && lines < 500;
    succeed(folder.path());
    REQUIRE(sets(folder.path()) == mixed.after(500));
    REQUIRE(accepted(folder.path()) == 500);
  }
  CHECK(groups > 100);
}

TEST_CASE("noise in a set's blocks is bounded") {
  TemporaryFolder folder;
  Worker worker(folder.path());
  for (unsigned i = 0; i < 5; ++i) worker.add("users", std::to_string(i));
  worker.count();
  Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  Cell& cell = segment.cell(0);
  const uint8_t form = cell.form;
  const uint32_t block = cell.block;
  for (unsigned noise = 0; noise < 256; ++noise) {
    cell.point_at(static_cast<uint8_t>(noise), block);
    CHECK(set_cell::delta(segment, 0).unique() >= 0);
  }
  for (const uint32_t noise : {0U, static_cast<uint32_t>(segment.header().blocks - 1), ~0U}) {
    cell.point_at(6, noise);
    CHECK(set_cell::delta(segment, 0).says_nothing());
    cell.point_at(5, noise);
    CHECK(set_cell::delta(segment, 0).says_nothing());
  }
  cell.point_at(form, block);
  Word& head = segment.blocks(block)->words[0];
  head.store(~uint64_t{0});
  CHECK(set_cell::delta(segment, 0).unique() == 5);  // the rest of the list is no tokens
  segment.blocks(block)->words[1].store(~uint64_t{0});
  CHECK(set_cell::delta(segment, 0).unique() == 3);
  cell.point_at(6, block);
  for (Word& word : segment.blocks(block)->words) word.store(~uint64_t{0});
  CHECK(set_cell::delta(segment, 0).says_nothing());
}

#include "ingestd/count/undo_log.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "ingestd/count/line_group.h"
#include "ingestd/count/succession.h"
#include "ingestd/worker/receiver.h"
#include "tests/unit/crash.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

using Sums = std::map<std::string, Amount>;

/// What all segments of a folder hold, by key; without the keys that were added and not counted.
Sums sums(const std::filesystem::path& folder) {
  Sums result;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key([&](uint64_t at) {
      const Amount count = segment.cell(at).count();
      if (count != Amount{}) result[std::string(segment.key(at))] += count;
    });
  }
  return result;
}

/// Puts datagrams into the receive batch as the kernel does.
void receive(const std::filesystem::path& folder, const std::vector<std::string>& datagrams) {
  WorkerFile file = WorkerFile::take(folder, 0);
  for (size_t i = 0; i < datagrams.size(); ++i) {
    std::memcpy(file.buffer(i), datagrams[i].data(), datagrams[i].size());
    file.header().messages[i].msg_len = static_cast<unsigned>(datagrams[i].size());
  }
}

/// What a worker does first: as the one that has just received, and as a killed one's successor.
void succeed(const std::filesystem::path& folder) {
  WorkerFile file = succeed_worker(folder, 0);
  SegmentWriter writer(folder, 0, file, 10'000);
  count_batch(file, writer, kReceiveDatagrams);
}

void check_lines(const std::filesystem::path& folder, uint64_t accepted, uint64_t rejected) {
  const WorkerFile file = WorkerFile::look(folder, 0);
  uint64_t others = 0;
  for (size_t i = 1; i < kOutcomes; ++i) others += file.header().lines(0, i).load();
  CHECK(file.stats().lines[0][0].load() == accepted);
  CHECK(file.header().samples[row_of(Kind::counter)].load() == accepted);  // one a line
  CHECK(others == rejected);
}

/// Two groups and a part of one, over two datagrams: keys that come again within a group and after it,
/// fractions, lines of every kind that does not count.
std::vector<std::string> mixed_datagrams() {
  std::string first, second = "a:4|c\r\n\nc:8|c:1|c\n\x01:1|c\n";
  for (int i = 0; i < 40; ++i) first += i % 4 == 3 ? "bad\n" : i % 4 == 2 ? "b:2.5|c\n" : "a:1|c\n";
  for (int i = 0; i < 30; ++i) second += "key-" + std::to_string(i) + ":3|c\n";
  return {first, second + "a:16|c"};
}
const Sums kMixedSums = [] {
  Sums result{{"a", {40, 0}}, {"b", {20, 5'000'000}}, {"c", {9, 0}}};
  for (int i = 0; i < 30; ++i) result["key-" + std::to_string(i)] = {3, 0};
  return result;
}();
constexpr uint64_t kMixedAccepted = 63, kMixedRejected = 11;

}  // namespace

TEST_CASE("a batch is counted once wherever its worker is killed") {
  for (unsigned long at = 1;; ++at) {
    CAPTURE(at);
    TemporaryFolder folder;
    receive(folder.path(), mixed_datagrams());
    const bool crashed = crashes_at(at, [&] { succeed(folder.path()); });
    succeed(folder.path());
    REQUIRE(sums(folder.path()) == kMixedSums);
    check_lines(folder.path(), kMixedAccepted, kMixedRejected);
    if (!crashed) {
      CHECK(at > 150);  // two stores or more for each line
      break;
    }
  }
}

TEST_CASE("a batch is counted once wherever its worker's successor is killed, too") {
  for (unsigned long at = 40;; at += 41) {
    CAPTURE(at);
    bool crashed = true;
    for (unsigned long again = 1; crashed; again += again < 70 ? 1 : 37) {
      CAPTURE(again);
      TemporaryFolder folder;
      receive(folder.path(), mixed_datagrams());
      if (!crashes_at(at, [&] { succeed(folder.path()); })) return;
      crashed = crashes_at(again, [&] { succeed(folder.path()); });
      succeed(folder.path());
      REQUIRE(sums(folder.path()) == kMixedSums);
      check_lines(folder.path(), kMixedAccepted, kMixedRejected);
    }
  }
}

TEST_CASE("a group in which the segment rotates is counted once") {
  std::string datagram;
  Sums expected;
  for (int i = 0; i < 800; ++i) {  // above three quarters of the first segment's 1024
    datagram += "grow." + std::to_string(i) + ":1|c\ngrow.0:1|c\n";
    expected["grow." + std::to_string(i)] = {1, 0};
  }
  expected["grow.0"] = {801, 0};
  bool crashed = true;
  for (unsigned long at = 1; crashed; at += 23) {
    CAPTURE(at);
    TemporaryFolder folder;
    receive(folder.path(), {datagram});
    crashed = crashes_at(at, [&] { succeed(folder.path()); });
    succeed(folder.path());
    REQUIRE(sums(folder.path()) == expected);
    check_lines(folder.path(), 1600, 0);
  }
}

TEST_CASE("lines by HTTP are counted whole groups at a time") {
  for (unsigned long at = 1;; ++at) {
    CAPTURE(at);
    TemporaryFolder folder;
    const bool crashed = crashes_at(at, [&] {
      WorkerFile file = succeed_worker(folder.path(), 0);
      SegmentWriter writer(folder.path(), 0, file, 100);
      LineGroup group(writer, Via::http);
      for (int i = 0; i < 3; ++i) {
        group.place() = {i == 1 ? "b" : "a", {1, 500'000}, Outcome::accepted};
        group.add();
      }
      group.count();
    });
    succeed(folder.path());
    const Sums held = sums(folder.path());
    const uint64_t lines = WorkerFile::look(folder.path(), 0).stats().lines[1][0].load();
    if (!crashed) CHECK(lines == 3);
    if (lines == 0)
      REQUIRE(held.empty());
    else
      REQUIRE(held == Sums{{"a", {2, 1'000'000}}, {"b", {1, 500'000}}});
    if (!crashed) break;
  }
}

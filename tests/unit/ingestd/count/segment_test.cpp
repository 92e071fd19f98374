#include "ingestd/count/segment.h"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <string>

#include "common/clock.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/succession.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

/// What all segments in a folder hold, by key.
std::map<std::string, int64_t> sums(const std::filesystem::path& folder) {
  std::map<std::string, int64_t> result;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key(
        [&](uint64_t at) { result[std::string(segment.key(at))] += segment.cell(at).count().whole; });
  }
  return result;
}

size_t sealed(const std::filesystem::path& folder) {
  size_t count = 0;
  for (const SegmentName& name : list_segments(folder)) count += Segment::open(name.path).value().sealed();
  return count;
}

Outcome count(SegmentWriter& writer, std::string_view key, int64_t value) {
  return writer.count(Line{key, {value, 0}, Outcome::accepted}, Via::http);
}

}  // namespace

TEST_CASE("the bytes of a segment are as documented") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1000);
  CHECK(count(writer, "my-metric", 42) == Outcome::accepted);
  const auto path = list_segments(folder.path()).front().path;
  CHECK(path.filename() == "segment-0-1");
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  CHECK(bytes.size() == 4096 + 8192 * 32 + 65'536 * 64);
  CHECK(bytes.substr(0, 8) == "KMSEGMNT");
  CHECK(bytes[4096] == 42);  // whole
  CHECK(bytes.substr(4097, 15) == std::string(15, '\0'));
  CHECK(bytes.substr(4112, 3) == std::string("\x09\x00\x01", 3));  // key bytes, kind: counter
  CHECK(bytes.substr(4120, 9) == "my-metric");
}

TEST_CASE("counting adds up, negative and fractional parts each on their own") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1000);
  writer.count(Line{"k", {5, 250'000}, Outcome::accepted}, Via::udp);
  writer.count(Line{"k", {-7, 0}, Outcome::accepted}, Via::udp);
  writer.count(Line{"k", {0, 900'000}, Outcome::accepted}, Via::udp);
  const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  CHECK(segment.cell(0).count() == Amount{-2, 1'150'000});
}

TEST_CASE("a full segment is sealed for the same interval and the next is twice as large") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000'000);
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 5000; ++i) REQUIRE(count(writer, "key-" + std::to_string(i), 1) == Outcome::accepted);
  const auto segments = list_segments(folder.path());
  REQUIRE(segments.size() == 4);  // 768 + 1,536 + 3,072 keys are not enough for 5,000 in each round
  for (size_t i = 0; i < segments.size(); ++i) {
    const Segment segment = Segment::open(segments[i].path).value();
    CHECK(segments[i].number == i + 1);
    CHECK(segment.header().cells == uint64_t{8192} << i);
    CHECK(segment.sealed() == (i + 1 < segments.size()));
    if (segment.sealed()) CHECK(segment.header().end_ms.load() > boot_ms());  // its interval goes on
  }
  const auto held = sums(folder.path());
  CHECK(held.size() == 5000);
  for (const auto& [key, value] : held) REQUIRE(value == 2);
}

TEST_CASE("an interval that took several segments is followed by one that takes one") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000'000);
  size_t before = 0;
  for (const size_t took : {2, 1, 1}) {  // 768 keys fill the first of all
    for (int i = 0; i < 1000; ++i) count(writer, "key-" + std::to_string(i), 1);
    writer.end_interval(7);
    const size_t sealed = list_segments(folder.path()).size() - 1;
    CHECK(sealed - before == took);
    before = sealed;
  }
}

TEST_CASE("at its interval's end a segment is sealed, and one that holds nothing is not") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1000);
  int begun = 0;
  writer.on_begun([&] { ++begun; });
  writer.end_interval(7);
  CHECK(list_segments(folder.path()).size() == 1);
  count(writer, "a", 1);
  count(writer, "b", 1);
  CHECK(begun == 1);
  writer.end_interval(17);
  REQUIRE(list_segments(folder.path()).size() == 2);
  const Segment first = Segment::open(list_segments(folder.path())[0].path).value();
  CHECK(first.sealed());
  CHECK(first.header().end_ms.load() == 17);
  CHECK_FALSE(writer.has_begun());
  count(writer, "a", 5);
  CHECK(begun == 2);
  CHECK(sums(folder.path()) == std::map<std::string, int64_t>{{"a", 6}, {"b", 1}});
}

TEST_CASE("64 sealed segments may wait; then the segment goes on, and no count is lost") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 2000);
  const auto interval = [&] {
    count(writer, "a", 1);
    writer.end_interval(boot_ms());
  };
  for (int i = 0; i < 100; ++i) interval();
  CHECK(sealed(folder.path()) == 64);
  CHECK(file.header().intervals_unsealed == 100 - 64);
  CHECK(sums(folder.path()).at("a") == 100);
  // A full one is sealed nevertheless, up to the size that MAX_KEYS keys need; what is too much is refused.
  uint64_t accepted = 0, refused = 0;
  for (int i = 0; i < 3000; ++i)
    ++(count(writer, "new-" + std::to_string(i), 1) == Outcome::accepted ? accepted : refused);
  CHECK(accepted >= 1999);
  CHECK(accepted < 2020);  // a false positive or two
  CHECK(sums(folder.path()).size() == accepted + 1);
  while (sealed(folder.path()) >= 64) std::filesystem::remove(list_segments(folder.path())[0].path);
  interval();
  CHECK(sealed(folder.path()) == 64);
  interval();
  CHECK(sealed(folder.path()) == 64);
}

TEST_CASE("a key of more bytes than there are is noise, and nothing behind it counts") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1000);
  for (const char* key : {"a", "b", "c"}) count(writer, key, 1);
  const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  segment.header().cells_used.store(2000);
  segment.cell(1).key_bytes = 1024;
  CHECK(sums(folder.path()) == std::map<std::string, int64_t>{{"a", 1}});
}

TEST_CASE("a segment that cannot grow in memory refuses new keys and goes on with known ones") {
  TemporaryFolder folder;
  Segment segment = Segment::create(folder.path(), 0, {1 << 20, 1 << 20});
  const size_t first = segment.allocated();
  CHECK(first <= 64 * 1024);
  CHECK(segment.has_room(1));
  CHECK(segment.allocated() == first);
  CHECK(segment.has_room(10'000));
  CHECK(segment.allocated() >= 4096 + 10'000 * 32);
  CHECK_FALSE(segment.has_room((1 << 20) + 1));
}

TEST_CASE("keys of every length fit, and read back") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000'000);
  for (size_t length = 1; length <= 255; ++length)
    REQUIRE(count(writer, std::string(length, 'x'), static_cast<int64_t>(length)) == Outcome::accepted);
  const auto held = sums(folder.path());
  CHECK(held.size() == 255);
  for (const auto& [key, value] : held) REQUIRE(value == static_cast<int64_t>(key.size()));
}

TEST_CASE("above MAX_KEYS new keys are refused and known ones go on") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 10);
  for (int i = 0; i < 10; ++i) CHECK(count(writer, std::to_string(i), 1) == Outcome::accepted);
  CHECK(count(writer, "one more", 1) == Outcome::refused);
  CHECK(count(writer, "3", 1) == Outcome::accepted);
  CHECK(file.stats().lines[1][static_cast<size_t>(Outcome::refused)].load() == 1);
}

TEST_CASE("a badly formed key is refused by its reason") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 10);
  CHECK(count(writer, "tab\there", 1) == Outcome::bad_key);
  CHECK(count(writer, "\xFF", 1) == Outcome::bad_key);
  CHECK(sums(folder.path()).empty());
}

TEST_CASE("files that are no segments are told apart") {
  TemporaryFolder folder;
  const auto write = [&](const char* name, const std::string& bytes) {
    std::ofstream(folder.path() / name, std::ios::binary) << bytes;
  };
  write("segment-0-1", "");
  write("segment-0-2", "short");
  write("segment-0-3", std::string(8192, 'x'));
  std::string wrong_version(8192, '\0');
  wrong_version.replace(0, 8, "KMSEGMNT");
  wrong_version[8] = 99;
  write("segment-0-4", wrong_version);
  CHECK(list_segments(folder.path()).size() == 4);
  for (const SegmentName& name : list_segments(folder.path())) CHECK_FALSE(Segment::open(name.path));
}

#include "ingestd/spool/batch.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

namespace {

BatchHeader header_of(uint64_t number) {
  BatchHeader header{};
  header.number = header.covers = number;
  header.ms = 1'603'303'544'893;
  header.instance = 77;
  return header;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::filesystem::path write_sample(const std::filesystem::path& folder) {
  BatchWriter writer(folder / "unborn", header_of(5));
  writer.add(BatchEntry{0, {42, 0}, true, "my-metric"});
  writer.add(BatchEntry{9, {-1, -500'000}, false, "b"});
  writer.add(Identity{0x0102030405060708, 0x1112131415161718}, {{3, {42, 7}}});
  writer.commit(folder / "5");
  return folder / "5";
}

}  // namespace

TEST_CASE("a batch reads back as it was written") {
  TemporaryFolder folder;
  const Batch batch = Batch::open(write_sample(folder.path()));
  CHECK(batch.header().number == 5);
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].key == "my-metric");
  CHECK(batch[0].delta == Amount{42, 0});
  CHECK(batch[0].fresh);
  CHECK(batch.ms(batch[0]) == 1'603'303'544'893);
  CHECK(batch[1].key == "b");
  CHECK(batch[1].delta == Amount{-1, -500'000});
  CHECK_FALSE(batch[1].fresh);
  CHECK(batch.ms(batch[1]) == 9);
  const auto segments = batch.segments();
  REQUIRE(segments.size() == 1);
  CHECK(segments[0].identity == Identity{0x0102030405060708, 0x1112131415161718});
  REQUIRE(segments[0].marks.size() == 1);
  CHECK(segments[0].marks[0].cell == 3);
  CHECK(segments[0].marks[0].mark.whole == 42);
  CHECK(segments[0].marks[0].mark.millionths == 7);
}

TEST_CASE("a segment without marks reads back too") {
  TemporaryFolder folder;
  BatchWriter writer(folder.path() / "unborn", header_of(5));
  writer.add(Identity{1, 2}, {});
  writer.add(Identity{3, 4}, {{3, {42, 7}}});
  writer.commit(folder.path() / "5");
  const auto segments = Batch::open(folder.path() / "5").segments();
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].marks.empty());
  CHECK(segments[1].marks.size() == 1);
}

TEST_CASE("numbers of any size read back") {
  TemporaryFolder folder;
  const int64_t numbers[] = {0, 1, -1, 63, -64, 64, 1'000'000'007, INT64_MAX, INT64_MIN};
  const std::string longest(255, 'k');
  std::vector<CellMark> marks;
  {
    BatchWriter writer(folder.path() / "unborn", header_of(5));
    for (const int64_t number : numbers) {
      const auto any = static_cast<uint64_t>(number);
      writer.add(BatchEntry{any, {number, number}, false, longest});
      marks.push_back({any, {any, any}});  // also in no order
    }
    writer.add(Identity{1, 2}, marks);
    writer.commit(folder.path() / "5");
  }
  const Batch batch = Batch::open(folder.path() / "5");
  REQUIRE(batch.size() == std::size(numbers));
  const auto segments = batch.segments();
  REQUIRE(segments[0].marks.size() == marks.size());
  for (size_t i = 0; i < marks.size(); ++i) {
    CHECK(batch[i].ms == marks[i].cell);
    CHECK(batch[i].delta == Amount{numbers[i], numbers[i]});
    CHECK(batch[i].key == longest);
    CHECK(segments[0].marks[i].cell == marks[i].cell);
    CHECK(segments[0].marks[i].mark.whole == marks[i].mark.whole);
    CHECK(segments[0].marks[i].mark.millionths == marks[i].mark.millionths);
  }
}

TEST_CASE("the bytes of a batch are as documented") {
  TemporaryFolder folder;
  const std::string bytes = read_file(write_sample(folder.path()));
  CHECK(bytes.substr(0, 8) == "KMBATCH1");
  const std::string entries = std::string("\x01\x09my-metric\x54") +  // fresh, 9 bytes of key, +42
                              std::string(
                                  "\x06\x01"
                                  "b\x09\x01\xBF\x84\x3D");  // ms 9, -1, -500,000 millionths
  const std::string identity("\x08\7\6\5\4\3\2\1\x18\x17\x16\x15\x14\x13\x12\x11");
  const std::string count("\1\0\0\0\0\0\0\0", 8);
  CHECK(bytes.substr(sizeof(BatchHeader)) == entries + identity + count + "\x03\x54\x0E");
}

TEST_CASE("a batch that is not whole is refused, whichever byte is wrong or missing") {
  TemporaryFolder folder;
  const std::string good = read_file(write_sample(folder.path()));
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(folder.path() / "6", std::ios::binary) << bytes;
    try {
      Batch::open(folder.path() / "6");
      return false;
    } catch (const std::exception&) {
      return true;
    }
  };
  CHECK_FALSE(refused(good));
  for (size_t length = 0; length < good.size(); ++length) CHECK(refused(good.substr(0, length)));
  for (size_t at = 0; at < good.size(); ++at) {
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    CAPTURE(at);
    CHECK(refused(flipped));
  }
}

TEST_CASE("a batch that was not committed leaves nothing") {
  TemporaryFolder folder;
  { BatchWriter writer(folder.path() / "unborn", header_of(1)); }
  CHECK(std::filesystem::is_empty(folder.path()));
}

#include "ingestd/spool/batch.h"

#include <doctest/doctest.h>
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ingestd/spool/batch_writer.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/spool");

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
  writer.add(BatchEntry{0, Counter{{42, 0}}, "my-metric"});
  writer.add(BatchEntry{9, Counter{{-1, -500'000}}, "b"});
  writer.add(Identity{0x0102030405060708, 0x1112131415161718});
  writer.commit(folder / "5");
  return folder / "5";
}

/// A file with this body and a header that fits it.
std::filesystem::path write_file(const std::filesystem::path& folder, uint32_t version, uint64_t entries,
                                 const std::string& body, size_t segments_bytes) {
  BatchHeader header = header_of(5);
  std::memcpy(header.magic, BatchHeader::kMagic, sizeof header.magic);
  header.version = version;
  header.bytes = sizeof header;
  header.entries = entries;
  header.entries_bytes = body.size() - segments_bytes;
  header.segments_bytes = segments_bytes;
  const std::string head(reinterpret_cast<const char*>(&header), sizeof header);
  const std::string summed = body + head.substr(offsetof(BatchHeader, checksum) + sizeof header.checksum);
  header.checksum = XXH3_64bits(summed.data(), summed.size());
  std::ofstream(folder / "5", std::ios::binary)
      << std::string(reinterpret_cast<const char*>(&header), sizeof header) << body;
  return folder / "5";
}

}  // namespace

TEST_CASE("a batch reads back as it was written") {
  TemporaryFolder folder;
  const Batch batch = Batch::open(write_sample(folder.path()));
  CHECK(batch.header().number == 5);
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].key == "my-metric");
  CHECK(batch[0].delta == Delta(Counter{{42, 0}}));
  CHECK(batch.ms(batch[0]) == 1'603'303'544'893);
  CHECK(batch[1].key == "b");
  CHECK(batch[1].delta == Delta(Counter{{-1, -500'000}}));
  CHECK(batch.ms(batch[1]) == 9);
  CHECK(batch.segments() == std::vector<Identity>{{0x0102030405060708, 0x1112131415161718}});
  CHECK(batch.marks().empty());
}

TEST_CASE("numbers of any size and keys of up to 1,023 bytes read back") {
  TemporaryFolder folder;
  const int64_t numbers[] = {0, 1, -1, 63, -64, 64, 1'000'000'007, INT64_MAX, INT64_MIN};
  const size_t lengths[] = {1, 127, 128, 255, 256, 1000, 1022, 1023, 1023};
  {
    BatchWriter writer(folder.path() / "unborn", header_of(5));
    for (size_t i = 0; i < std::size(numbers); ++i)
      writer.add(BatchEntry{static_cast<uint64_t>(numbers[i]), Counter{{numbers[i], numbers[i]}},
                            std::string(lengths[i], 'k')});
    writer.commit(folder.path() / "5");
  }
  const Batch batch = Batch::open(folder.path() / "5");
  REQUIRE(batch.size() == std::size(numbers));
  for (size_t i = 0; i < std::size(numbers); ++i) {
    CHECK(batch[i].ms == static_cast<uint64_t>(numbers[i]));
    CHECK(batch[i].delta == Delta(Counter{{numbers[i], numbers[i]}}));
    CHECK(batch[i].key == std::string(lengths[i], 'k'));
  }
}

TEST_CASE("the bytes of a batch are as documented") {
  TemporaryFolder folder;
  const std::string bytes = read_file(write_sample(folder.path()));
  CHECK(bytes.substr(0, 8) == "KMBATCH1");
  const std::string entries(
      "\x00\x01\x09my-metric\x54\x00"  // a counter, 9 bytes of key, +42
      "\x02\x01\x01"
      "b\x09\x01\xBF\x84\x3D",  // ms 9, -1, -500,000 millionths
      14 + 9);
  const std::string identity("\x08\7\6\5\4\3\2\1\x18\x17\x16\x15\x14\x13\x12\x11");
  CHECK(bytes.substr(sizeof(BatchHeader)) == entries + identity);
}

TEST_CASE("a batch of version 2 is read, its marks too") {
  TemporaryFolder folder;
  const std::string entries(
      "\x01\x09my-metric\x54"  // fresh, 9 bytes of key, +42
      "\x06\x01"
      "b\x09\x01\xBF\x84\x3D");  // ms 9, -1, -500,000 millionths
  const std::string identity("\x08\7\6\5\4\3\2\1\x18\x17\x16\x15\x14\x13\x12\x11");
  const std::string marks =
      identity + std::string("\2\0\0\0\0\0\0\0", 8) + "\x03\x54\x0E" + std::string("\x02\x02\x00", 3);
  const Batch batch = Batch::open(write_file(folder.path(), 2, 2, entries + marks, marks.size()));
  REQUIRE(batch.size() == 2);
  CHECK(batch[0].key == "my-metric");
  CHECK(batch[0].delta == Delta(Counter{{42, 0}}));
  CHECK(batch[1].delta == Delta(Counter{{-1, -500'000}}));
  CHECK(batch.ms(batch[1]) == 9);
  CHECK(batch.segments().empty());
  const std::vector<Batch::SegmentMarks> all = batch.marks();
  REQUIRE(all.size() == 1);
  const Batch::SegmentMarks& segment = all.front();
  CHECK(segment.identity == Identity{0x0102030405060708, 0x1112131415161718});
  REQUIRE(segment.marks.size() == 2);
  CHECK(segment.marks[0].cell == 3);
  CHECK(segment.marks[0].whole == 42);
  CHECK(segment.marks[0].millionths == 7);
  CHECK(segment.marks[1].cell == 5);
  CHECK(segment.marks[1].whole == 1);
}

TEST_CASE("entries of a kind that nobody knows, and of too long a key, are refused") {
  TemporaryFolder folder;
  const std::string good("\x00\x01\x01k\x02\x00", 6), kind("\x00\x09\x01k\x02\x00", 6);
  const std::string longest =
      std::string("\x00\x01\xFF\x07", 4) + std::string(1023, 'k') + std::string("\x02\x00", 2);
  const std::string longer =
      std::string("\x00\x01\x80\x08", 4) + std::string(1024, 'k') + std::string("\x02\x00", 2);
  CHECK_NOTHROW(Batch::open(write_file(folder.path(), 3, 1, good, 0)));
  CHECK_NOTHROW(Batch::open(write_file(folder.path(), 4, 1, good, 0)));
  CHECK_NOTHROW(Batch::open(write_file(folder.path(), 3, 1, longest, 0)));
  CHECK_THROWS(Batch::open(write_file(folder.path(), 3, 1, kind, 0)));
  CHECK_THROWS(Batch::open(write_file(folder.path(), 3, 1, longer, 0)));
  CHECK_THROWS(Batch::open(write_file(folder.path(), 5, 1, good, 0)));
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

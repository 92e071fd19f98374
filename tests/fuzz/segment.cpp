// A segment's file of anything: it is put aside, or all that it shows lies within the file.
//
// The input is the header and, right behind it, the cells and marks; the file has a page in between.
// Without a magic of its own a file gets a header that fits its size, or little else would get by.
#include "ingestd/count/segment.h"

#include <spdlog/spdlog.h>

#include <cassert>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "ingestd/spool/key_sums.h"
#include "tests/fuzz/scratch.h"

using namespace kilometric;

namespace {

constexpr size_t kCellBytes = sizeof(Cell) + sizeof(Mark);

std::string file_of(std::string_view input) {
  std::string file(input.substr(0, sizeof(SegmentHeader)));
  if (file.size() < sizeof(SegmentHeader)) return file;
  file.resize(kPageBytes);
  file += input.substr(sizeof(SegmentHeader));
  if (file.starts_with(std::string_view(SegmentHeader::kMagic, sizeof SegmentHeader::kMagic))) return file;
  const uint64_t cells = (file.size() - kPageBytes + kCellBytes - 1) / kCellBytes;
  file.resize(kPageBytes + cells * kCellBytes);
  std::memcpy(file.data(), SegmentHeader::kMagic, sizeof SegmentHeader::kMagic);
  std::memcpy(file.data() + offsetof(SegmentHeader, version), &SegmentHeader::kVersion, sizeof(uint32_t));
  std::memcpy(file.data() + offsetof(SegmentHeader, cells), &cells, sizeof cells);
  return file;
}

void check_segment(const Segment& segment, size_t file_bytes) {
  const char* const begin = reinterpret_cast<const char*>(&segment.header());
  uint64_t next = 0;
  KeySums sums;
  std::map<std::string, Amount, std::less<>> expected;
  segment.for_each_key([&](uint64_t at) {
    const std::string_view key = segment.key(at);
    assert(at == next && !key.empty());
    next = at + cells_for(key.size());
    assert(next <= segment.header().cells);
    assert(key.data() > begin && key.data() + key.size() <= reinterpret_cast<const char*>(&segment.mark(0)));
    segment.mark(at).whole += 1;  // what lies outside the mapping faults
    sums.add({0, segment.cell(at).amount(), false, key});
    expected[std::string(key)] += segment.cell(at).amount();
  });
  assert(reinterpret_cast<const char*>(&segment.mark(segment.header().cells)) == begin + file_bytes);
  assert(sums.entries().size() == expected.size());
  for (const BatchEntry& entry : sums.entries()) assert(expected.find(entry.key)->second == entry.delta);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Scratch scratch;
  spdlog::set_level(spdlog::level::off);
  const std::string file = file_of({reinterpret_cast<const char*>(data), size});
  const auto path = scratch.write("segment-1", file);
  if (const auto segment = Segment::open(path))
    check_segment(*segment, file.size());
  else
    assert(!std::filesystem::exists(path));  // it was put aside
  return 0;
}

// A segment's file of anything, of today's version, of 3 and of 1: it is put aside, or all that it shows lies
// within the file.
//
// The input is a byte that chooses the version, the header and, right behind it, the cells and marks; the file
// has a page in between. Without a magic of its own a file gets a header that fits its size, or little else
// would get by.
#include "ingestd/count/segment.h"

#include <spdlog/spdlog.h>

#include <cassert>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "ingestd/count/cells.h"
#include "ingestd/count/old_segment.h"
#include "ingestd/count/undo_log.h"
#include "ingestd/spool/key_sums.h"
#include "tests/fuzz/scratch.h"

using namespace kilometric;

namespace {

constexpr size_t kOldCellBytes = 64;
constexpr size_t kMarkBytes = 16;  // in version 1, behind all cells

/// What a cell takes of the file.
size_t cell_bytes_of(uint32_t version) {
  if (version == 1) return kOldCellBytes + kMarkBytes;
  return version == SegmentHeader::kVersion ? sizeof(Cell) : kOldCellBytes;
}

std::string file_of(std::string_view input, uint32_t version) {
  const size_t cell_bytes = cell_bytes_of(version);
  std::string file(input.substr(0, sizeof(SegmentHeader)));
  if (file.size() < sizeof(SegmentHeader)) return file;
  file.resize(kPageBytes);
  file += input.substr(sizeof(SegmentHeader));
  if (file.starts_with(std::string_view(SegmentHeader::kMagic, sizeof SegmentHeader::kMagic))) return file;
  uint64_t cells = (file.size() - kPageBytes + cell_bytes - 1) / cell_bytes;
  std::memcpy(file.data(), SegmentHeader::kMagic, sizeof SegmentHeader::kMagic);
  std::memcpy(file.data() + offsetof(SegmentHeader, version), &version, sizeof version);
  uint64_t blocks = 0;
  if (version != 1) {  // some of the cells are blocks
    std::memcpy(&blocks, file.data() + offsetof(SegmentHeader, blocks), sizeof blocks);
    blocks %= cells + 1;
    cells -= blocks;
    std::memcpy(file.data() + offsetof(SegmentHeader, blocks), &blocks, sizeof blocks);
  }
  file.resize(kPageBytes + cells * cell_bytes + blocks * sizeof(Block));
  std::memcpy(file.data() + offsetof(SegmentHeader, cells), &cells, sizeof cells);
  return file;
}

/// Two ways of adding up agree.
class Sums {
 public:
  void add(std::string_view key, const Delta& delta) {
    merged_.merge({0, delta, key});
    plain_.try_emplace(std::string(key)).first->second += delta.counter().count;
  }
  void check() const {
    assert(merged_.entries().size() == plain_.size());
    for (const BatchEntry& entry : merged_.entries())
      assert(plain_.find(entry.key)->second == entry.delta.counter().count);
  }

 private:
  KeySums merged_;
  std::map<std::string, Amount, std::less<>> plain_;
};

void check_segment(const Segment& segment, size_t file_bytes) {
  const char* const begin = reinterpret_cast<const char*>(&segment.header());
  uint64_t next = 0;
  Sums sums;
  segment.for_each_key([&](uint64_t at) {
    const std::string_view key = segment.key(at);
    assert(at == next && !key.empty());
    const uint64_t step = segment.at(1);
    next = at + (cells_for(key.size()) + step - 1) / step * step;
    assert(next <= segment.at(segment.header().cells));
    assert(key.data() > begin && key.data() + key.size() <= begin + file_bytes);
    segment.cell(at).whole.fetch_add(1);  // what lies outside the mapping faults
    const Delta delta = delta_of(segment, at);
    if (delta.kind() == Kind::counter) sums.add(key, delta);
  });
  sums.check();
  UndoLog log{};
  log.segment = segment.header().identity;
  log.entries = 3;
  log.before[0].cell = segment.header().cells;
  log.before[1].cell = segment.header().cells - 1;
  log.before[2].cell = ~uint64_t{0} / 2 + 1;  // twice that is 0
  undo_counters(log, segment);
}

void check_old_segment(const OldSegment& segment) {
  segment.store_marks({{0, 1, 2}, {~uint64_t{0}, 3, 4}, {7, 5, 6}}, 9);
  UndoLog log{};
  log.segment = segment.identity();
  log.entries = 2;
  log.before[1] = {~uint64_t{0}, 1, 2};
  segment.undo(log);
  Sums sums;
  segment.for_each_gain([&](std::string_view key, const Amount& gain) {
    assert(!key.empty());
    sums.add(key, Counter{gain});
  });
  sums.check();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Scratch scratch;
  spdlog::set_level(spdlog::level::off);
  if (size == 0) return 0;
  constexpr uint32_t kVersions[] = {1, SegmentHeader::kVersion, 1, 3};  // 2 is 3 without blocks
  const uint32_t version = kVersions[data[0] % 4];
  const std::string file = file_of({reinterpret_cast<const char*>(data) + 1, size - 1}, version);
  const auto path = scratch.write("segment", file);
  if (version == 1) {
    if (const auto segment = OldSegment::open(path)) return check_old_segment(*segment), 0;
  } else if (const auto segment = Segment::open(path)) {
    return check_segment(*segment, file.size()), 0;
  }
  assert(!std::filesystem::exists(path));  // it was put aside
  return 0;
}

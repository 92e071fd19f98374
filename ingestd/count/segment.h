// A segment: one worker's memory-mapped file of counters.
//
// Life: born empty and at full size, as `new-<worker>`, then renamed to `segment-<number>`; grows by
// addition only; sealed when its worker rotates to a new one or stops, or by its worker's successor;
// unlinked by the flusher when a batch with its final values is safe in the spool. Nobody opens a
// segment again to write new lines into it.
//
// Who writes what: the worker writes the cells and the writer's line of the header (until it is
// sealed); the flusher writes the marks and the flusher's line. Each reads the other's.
//
// The file, all numbers in the machine's own byte order:
//
//   0      SegmentHeader, one page
//   4096   cells      `cells` times 64 bytes; a key takes one cell, a long key up to five in a row
//   ...    marks      `cells` times 16 bytes; what of the cell with the same number is in a batch
//
// A worked example: key "my-metric", counted 42 times, 40 of them harvested, as the first entry:
//
//   4096   2a 00 00 00 00 00 00 00   whole 42
//   4104   00 00 00 00 00 00 00 00   millionths 0
//   4112   09 01 00 00 00 00 00 00   9 key bytes, kind 1 (counter)
//   4120   6d 79 2d 6d 65 74 ...     "my-metric"
//   marks  28 00 00 00 00 00 00 00   40 harvested
//
// Memory order: a cell is filled before `cells_used` covers it (release, acquire). Counters are
// single-writer relaxed stores: a harvest may see either value, and takes the rest next time.
// `sealed` is stored after the last counter (release) and read before the first (acquire): what is
// harvested from a sealed segment is final.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metric/amount.h"
#include "ingestd/count/same_bytes.h"
#include "ingestd/system/aside.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

inline constexpr uint8_t kKindCounter = 1;
inline constexpr size_t kPageBytes = 4096;

struct SegmentHeader {
  static constexpr char kMagic[8] = {'K', 'M', 'S', 'E', 'G', 'M', 'N', 'T'};
  static constexpr uint32_t kVersion = 1;

  char magic[8];
  uint32_t version;
  uint32_t worker;  ///< index of the worker whose segment this is
  uint64_t number;
  Identity identity;
  uint64_t cells;   ///< capacity
  int64_t born_ms;  ///< by boot_ms()

  alignas(64) std::atomic<uint64_t> cells_used;  // the writer's line
  std::atomic<uint64_t> keys;
  std::atomic<uint32_t> sealed;

  alignas(64) std::atomic<uint64_t> last_batch;  // the flusher's line: marks are as of this batch
};
static_assert(sizeof(SegmentHeader) <= kPageBytes);

/// 64 bytes, a cache line: what a line of the usual kind touches. Longer keys go on in the next cells.
struct Cell {
  std::atomic<uint64_t> whole;
  std::atomic<uint64_t> millionths;
  uint8_t key_bytes;
  uint8_t kind;
  uint8_t unused[6];
  char key[40];

  Amount amount() const noexcept {
    return {static_cast<int64_t>(whole.load(std::memory_order_relaxed)),
            static_cast<int64_t>(millionths.load(std::memory_order_relaxed))};
  }
};
static_assert(sizeof(Cell) == 64);

/// What of a cell's counter is already in a batch.
struct Mark {
  uint64_t whole;
  uint64_t millionths;
};

/// How many cells a key takes.
constexpr uint64_t cells_for(size_t key_bytes) {
  return (offsetof(Cell, key) + key_bytes + sizeof(Cell) - 1) / sizeof(Cell);
}

class Segment {
 public:
  /// Makes a new one in `folder` under the lowest number above all that are there.
  static Segment create(const std::filesystem::path& folder, uint32_t worker, uint64_t cells);

  /// Nothing when the file is gone. One that is no whole segment is put aside, and nothing returned.
  /// Throws std::system_error when the system refuses for now (too many open files, no memory): what
  /// is in the file must not be given up for that.
  static std::optional<Segment> open(const std::filesystem::path& path);

  SegmentHeader& header() const noexcept { return *reinterpret_cast<SegmentHeader*>(file_.data()); }
  Cell& cell(uint64_t at) const noexcept { return cells_[at]; }
  Mark& mark(uint64_t at) const noexcept { return marks_[at]; }
  /// Where a key's bytes begin; a long key runs on into the cells behind.
  char* key_data(uint64_t at) const noexcept {
    return reinterpret_cast<char*>(cells_ + at) + offsetof(Cell, key);
  }
  std::string_view key(uint64_t at) const noexcept { return {key_data(at), cells_[at].key_bytes}; }
  /// Whether `key` is the one that begins in this cell; none does in an empty one.
  bool holds(uint64_t at, std::string_view key) const noexcept {
    return cells_[at].key_bytes == key.size() && same_bytes(key_data(at), key.data(), key.size());
  }
  uint64_t used() const noexcept { return header().cells_used.load(std::memory_order_acquire); }
  bool sealed() const noexcept { return header().sealed.load(std::memory_order_acquire) != 0; }
  void seal() const noexcept { header().sealed.store(1, std::memory_order_release); }
  const std::filesystem::path& path() const noexcept { return path_; }

  /// Whether `test(first cell)` holds for any key that is in the segment now; it ends with the first.
  template <class Test>
  bool any_key(Test test) const {
    const uint64_t end = std::min(used(), header().cells);
    for (uint64_t at = 0; at < end;) {
      const uint64_t next = at + cells_for(cells_[at].key_bytes);
      if (cells_[at].key_bytes == 0 || next > end) return false;  // noise in the file: nothing behind it counts
      if (test(at)) return true;
      at = next;
    }
    return false;
  }

  /// Calls `visit(first cell)` for every key that is in the segment now.
  template <class Visit>
  void for_each_key(Visit visit) const {
    any_key([&](uint64_t at) { return visit(at), false; });
  }

 private:
  Segment(MappedFile file, std::filesystem::path path);
  static Segment open_whole(const std::filesystem::path& path);

  MappedFile file_;
  std::filesystem::path path_;
  Cell* cells_;
  Mark* marks_;
};

/// The segments in `folder`: number and path, lowest number first.
std::vector<std::pair<uint64_t, std::filesystem::path>> list_segments(const std::filesystem::path& folder);

}  // namespace kilometric

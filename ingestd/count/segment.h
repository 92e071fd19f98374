// A segment: one worker's memory-mapped file of one interval. It is a batch in the making: a cell for each
// key that was counted in the interval, and what the cell holds is what the interval adds.
//
// Life: born empty, as `new-<worker>`, then renamed to `segment-<worker>-<number>`; its cells only grow;
// sealed at the end of the interval, or when it is full (then the worker opens another for the same
// interval); harvested once, whole, and unlinked by the flusher. Nobody writes to a sealed segment.
//
// Who writes: the worker that holds the lock of its worker's file, until the segment is sealed. When that
// worker was killed, who takes the lock next (its successor, or the flusher) undoes what the worker had not
// finished and seals. Who reads: the flusher, when the segment is sealed. So neither waits for the other.
//
// The file, all numbers in the machine's own byte order:
//
//   0      SegmentHeader, one page, with the undo log's words (undo_log.h)
//   4096   cells      32 bytes each; a key takes one cell, a long key up to 33 in a row
//          blocks     64 bytes each, behind the last cell; what a key of another kind than a counter holds
//                     beside its count. Its cell says where; block 0 is never given out.
//
// Cells and blocks are taken one behind the other, are zero when they are taken, and are never given back.
//
// A worked example: key "my-metric", counted 42 times, as the first entry:
//
//   4096   2a 00 00 00 00 00 00 00   whole 42
//   4104   00 00 00 00 00 00 00 00   millionths 0
//   4112   09 00 01 00 00 00 00 00   9 key bytes, kind 1 (counter)
//   4120   6d 79 2d 6d 65 74 ...     "my-metric"
//
// The file has room for `cells` cells and `blocks` blocks, but takes memory only for those that are used, a
// chunk at a time: a full tmpfs is an error when the next chunk is asked for, and never SIGBUS.
//
// Memory order: `end_ms` and `sealed` are stored after the last cell (release) and read before the first
// (acquire). Before that only the counts in the header are read by others.
//
// Version 3, whose cells have 64 bytes each, is read too, with every other of its halves taken for a cell; and
// version 2, which is the same without blocks: what they say is zero there. Version 1, which held marks and
// lived an hour, is read by ingestd/count/old_segment.h.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "common/metric/kind.h"
#include "ingestd/count/same_bytes.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

struct SegmentHeader {
  static constexpr char kMagic[8] = {'K', 'M', 'S', 'E', 'G', 'M', 'N', 'T'};
  static constexpr uint32_t kVersion = 4;
  static constexpr size_t kUndoWords = 480;

  char magic[8];
  uint32_t version;
  uint32_t worker;    ///< index of the worker whose segment this is
  uint64_t number;    ///< 1, 2, 3, ... within the worker
  Identity identity;  ///< no two segments share one; batches name segments by it
  uint64_t cells;     ///< capacity; of an old version in cells of 64 bytes, as all that counts cells
  int64_t born_ms;    ///< by boot_ms()
  uint64_t blocks;    ///< capacity

  alignas(64) std::atomic<uint64_t> cells_used;
  std::atomic<uint64_t> keys;
  std::atomic<int64_t> end_ms;  ///< of the interval, by boot_ms(); only when sealed
  std::atomic<uint32_t> sealed;
  std::atomic<uint64_t> blocks_used;

  /// What words of blocks held before the group that is being counted, run by run (undo_log.h). The writer's.
  alignas(64) uint64_t undo_words;  ///< how many of these are in use
  uint64_t undo[kUndoWords];
};
static_assert(sizeof(SegmentHeader) <= kPageBytes);

/// Half a cache line, so that a key takes little more than it needs. It goes on in the next cells.
struct Cell {
  std::atomic<uint64_t> whole;
  std::atomic<uint64_t> millionths;
  uint16_t key_bytes;
  uint8_t kind;
  uint8_t form;    ///< of its blocks, where its kind has several
  uint32_t block;  ///< the first of this key's; 0: it has none
  char key[8];

  /// Changes both in one store.
  void point_at(uint8_t to_form, uint32_t to_block) noexcept {
    struct Head {
      uint16_t key_bytes;
      uint8_t kind, form;
      uint32_t block;
    };
    using Both [[gnu::may_alias]] = uint64_t;
    const auto word = std::bit_cast<uint64_t>(Head{key_bytes, kind, to_form, to_block});
    __atomic_store_n(reinterpret_cast<Both*>(&key_bytes), word, __ATOMIC_RELAXED);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // what is read of it from here on is read anew
  }

  Amount count() const noexcept {
    return {static_cast<int64_t>(whole.load(std::memory_order_relaxed)),
            static_cast<int64_t>(millionths.load(std::memory_order_relaxed))};
  }
};
static_assert(sizeof(Cell) == 32 && offsetof(Cell, key_bytes) % sizeof(uint64_t) == 0);

using Word = std::atomic<uint64_t>;

/// 64 bytes, a cache line.
struct Block {
  static constexpr size_t kWords = 8;
  Word words[kWords];
};
static_assert(sizeof(Block) == 64);

inline constexpr size_t kMostKeyBytes = 1023;  ///< that the formats have room for

/// How many cells a key takes.
constexpr uint64_t cells_for(size_t key_bytes) {
  return (offsetof(Cell, key) + key_bytes + sizeof(Cell) - 1) / sizeof(Cell);
}

/// How many cells and blocks a segment has room for, or has taken.
struct SegmentSize {
  uint64_t cells = 0;
  uint64_t blocks = 0;

  uint64_t bytes() const noexcept { return cells * sizeof(Cell) + blocks * sizeof(Block); }
};

class Segment {
 public:
  /// Makes a new one in `folder`, under the number above the last of this worker; it takes memory for `taken`
  /// at once. Requires the lock of the worker's file. Throws std::system_error when there is no room for it:
  /// then nothing is left behind.
  static Segment create(const std::filesystem::path& folder, uint32_t worker, SegmentSize capacity,
                        SegmentSize taken = {});

  /// Nothing when the file is gone. One that is no whole segment is put aside, and nothing returned.
  /// Throws std::system_error when the system refuses for now (too many open files, no memory): what
  /// is in the file must not be given up for that.
  static std::optional<Segment> open(const std::filesystem::path& path);

  SegmentHeader& header() const noexcept { return *reinterpret_cast<SegmentHeader*>(file_.data()); }
  Cell& cell(uint64_t at) const noexcept { return cells_[at]; }
  /// Where a key's bytes begin; a long key runs on into the cells behind.
  char* key_data(uint64_t at) const noexcept {
    return reinterpret_cast<char*>(cells_ + at) + offsetof(Cell, key);
  }
  std::string_view key(uint64_t at) const noexcept { return {key_data(at), cells_[at].key_bytes}; }
  /// Where the cell is that a file of this version calls number `cell`, as an undo log does.
  uint64_t at(uint64_t cell) const noexcept { return cell * step_; }
  /// Whether this kind's `key` is the one that begins in this cell; none does in an empty one.
  bool holds(uint64_t at, Kind kind, std::string_view key) const noexcept {
    return cells_[at].key_bytes == key.size() && cells_[at].kind == static_cast<uint8_t>(kind) &&
           same_bytes(key_data(at), key.data(), key.size());
  }
  /// How many cells are in use, whatever noise the header says.
  uint64_t used() const noexcept {
    return at(std::min(header().cells_used.load(std::memory_order_acquire), header().cells));
  }
  SegmentSize size() const noexcept { return {used(), header().blocks_used.load(std::memory_order_acquire)}; }
  /// `count` blocks from `at` on; nullptr when a cell that says so is noise.
  Block* blocks(uint64_t at, uint64_t count = 1) const noexcept {
    const uint64_t all = header().blocks;
    return at == 0 || at >= all || count > all - at ? nullptr : blocks_ + at;
  }
  /// Requires that the writer asks for blocks that it has taken, where nothing is noise.
  Block* own_blocks(uint64_t at) const noexcept { return blocks_ + at; }
  /// Where a word of a block is in the file, in words, and the word that is there; nullptr when it is in none.
  uint64_t place_of(const Word& word) const noexcept {
    return static_cast<uint64_t>(reinterpret_cast<const std::byte*>(&word) - file_.data()) / sizeof(Word);
  }
  Word* word_at(uint64_t place) const noexcept {
    const auto first = place_of(blocks_->words[0]);
    const bool inside = place >= first && place - first < header().blocks * Block::kWords;
    return inside ? reinterpret_cast<Word*>(file_.data()) + place : nullptr;
  }
  /// Requires a place that place_of() has told the writer.
  Word& own_word(uint64_t place) const noexcept { return reinterpret_cast<Word*>(file_.data())[place]; }
  bool sealed() const noexcept { return header().sealed.load(std::memory_order_acquire) != 0; }
  const std::filesystem::path& path() const noexcept { return path_; }

  /// What it takes of memory.
  size_t allocated() const noexcept { return kPageBytes + taken_.bytes(); }

  /// The writer's: true when the next `cells` cells are there to be written. It may take more memory for it.
  bool has_room(uint64_t cells) noexcept {
    const uint64_t end = header().cells_used.load(std::memory_order_relaxed) + cells;
    return end <= header().cells &&
           (end <= taken_.cells || take_memory<Cell>(cells_, taken_.cells, end, header().cells));
  }
  /// The writer's: takes `count` blocks in a row, which are zero, and returns the first; 0 when there is no
  /// room.
  uint32_t take_blocks(uint32_t count) noexcept;

  /// The writer's last act. `end_ms`: of the interval, by boot_ms().
  void seal(int64_t end_ms) const noexcept {
    header().end_ms.store(end_ms, std::memory_order_relaxed);
    header().sealed.store(1, std::memory_order_release);
  }

  /// Calls `visit(first cell)` for every key that is in the segment now.
  template <class Visit>
  void for_each_key(Visit visit) const {
    const uint64_t end = used();
    for (uint64_t at = 0; at < end;) {
      const uint64_t next = at + (cells_for(cells_[at].key_bytes) + step_ - 1) / step_ * step_;
      const bool noise = cells_[at].key_bytes == 0 || cells_[at].key_bytes > kMostKeyBytes || next > end;
      if (noise) return;  // nothing behind it counts
      visit(at);
      at = next;
    }
  }

 private:
  Segment(MappedFile file, std::filesystem::path path, SegmentSize taken, uint64_t step);
  static Segment open_whole(const std::filesystem::path& path);
  template <class Unit>
  bool take_memory(const Unit* begin, uint64_t& taken, uint64_t wanted, uint64_t most) noexcept;

  MappedFile file_;
  std::filesystem::path path_;
  Cell* cells_;
  Block* blocks_;
  SegmentSize taken_;  ///< of memory
  uint64_t step_;      ///< how many of our cells one of this file's version takes: 1, or 2 of an old one
};

struct SegmentName {
  uint32_t worker;
  uint64_t number;
  std::filesystem::path path;
};

/// The segments in `folder`, of each worker the lowest number first.
std::vector<SegmentName> list_segments(const std::filesystem::path& folder);

}  // namespace kilometric

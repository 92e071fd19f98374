// The bins of a timer with many samples, in a segment: rows of 32 words, in 1/1,024ths, and a directory of the
// rows that there are. A row is an octave of positive values, or as many bins of others.
//
//   directory    8, 16 ... 256 words: 0, or the row's number + 1 (lower 32 bits) and its first block (upper
//   32);
//                a row stands at its number modulo the directory's size, or in the next free place behind
//   row          four blocks: a word for each of its bins
//
// Owned by a timer's cell (timer_cell.h), which keeps where the directory is. Rows stay where they are; a full
// directory is copied to one of twice the size. What is read may be noise: what is no row counts for nothing.
#pragma once

#include <cstdint>

#include "common/metric/bin.h"
#include "common/metric/bins.h"
#include "ingestd/count/segment.h"

namespace kilometric {

class BinRows {
 public:
  static constexpr uint32_t kFirstSize = 16;

  BinRows(const Segment& segment, uint32_t block, uint32_t size) noexcept
      : segment_(&segment), block_(block), size_(size) {}

  /// An empty directory. False when there is no room.
  static std::optional<BinRows> make(Segment& segment, uint32_t size = kFirstSize) noexcept;

  uint32_t block() const noexcept { return block_; }
  uint32_t size() const noexcept { return size_; }

  /// Where the bin is counted; nullptr when its row is not there.
  Word* find(int16_t bin) const noexcept;
  /// The same, and it makes the row. The directory may be another one then. nullptr when there is no room.
  Word* find_or_make(Segment& segment, int16_t bin) noexcept;

  /// What is counted in the rows.
  Bins bins() const;

 private:
  static constexpr int kRowBins = 32;
  static constexpr uint32_t kRowBlocks = kRowBins / Block::kWords;
  static constexpr int kFirstBin = 2 - 84 * kRowBins;  ///< of row 0, so that an octave has one row
  static constexpr uint32_t kRows = static_cast<uint32_t>(kLastBin - kFirstBin) / kRowBins + 1;
  static constexpr uint32_t kMostSize = 256;

  static uint32_t row_of(int16_t bin) noexcept { return static_cast<uint32_t>(bin - kFirstBin) / kRowBins; }
  static uint32_t column_of(int16_t bin) noexcept { return static_cast<uint32_t>(bin - kFirstBin) % kRowBins; }

  Word* directory() const noexcept;
  Word* row(uint64_t entry) const noexcept;
  Word* place(uint32_t row) const noexcept;
  bool grow(Segment& segment) noexcept;

  const Segment* segment_;
  uint32_t block_, size_;
};

}  // namespace kilometric

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

#include <bit>
#include <cstdint>

#include "common/metric/bin.h"
#include "common/metric/bins.h"
#include "ingestd/count/segment.h"

namespace kilometric {

class BinRows {
 public:
  static constexpr uint32_t kFirstSize = 16;

  BinRows(const Segment& segment, uint32_t block, uint32_t size) noexcept
      : segment_(&segment), block_(block), size_(size), directory_(directory()) {}

  uint32_t block() const noexcept { return block_; }
  uint32_t size() const noexcept { return size_; }

  /// Where the bin is counted; nullptr when its row is not there.
  Word* find(int16_t bin) const noexcept {
    const Word* const entry = place(row_of(bin));
    Word* const words = entry ? row(entry->load(std::memory_order_relaxed)) : nullptr;
    return words ? words + column_of(bin) : nullptr;
  }
  /// Where find() begins.
  const Word* likely_place(int16_t bin) const noexcept {
    return directory_ ? directory_ + (row_of(bin) & (size_ - 1)) : nullptr;
  }
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

  static uint32_t row_in(uint64_t entry) noexcept { return static_cast<uint32_t>(entry) - 1; }

  Word* directory() const noexcept {
    const bool whole = size_ >= Block::kWords && size_ <= kMostSize && (size_ & (size_ - 1)) == 0;
    Block* const blocks = whole ? segment_->blocks(block_, size_ / Block::kWords) : nullptr;
    return blocks ? blocks->words : nullptr;
  }
  Word* row(uint64_t entry) const noexcept {
    if (entry == 0 || row_in(entry) >= kRows) return nullptr;
    Block* const blocks = segment_->blocks(entry >> 32, kRowBlocks);
    return blocks ? blocks->words : nullptr;
  }
  /// Of a row in the directory, or where it is to be entered; nullptr when the directory is full.
  Word* place(uint32_t row) const noexcept {
    for (uint32_t i = 0; directory_ && i < size_; ++i) {
      Word& word = directory_[(row + i) & (size_ - 1)];
      const uint64_t entry = word.load(std::memory_order_relaxed);
      if (entry == 0 || row_in(entry) == row) return &word;
    }
    return nullptr;
  }
  bool grow(Segment& segment) noexcept;

  const Segment* segment_;
  uint32_t block_, size_;
  Word* directory_;  ///< nullptr: there is none, what should say so is noise
};

}  // namespace kilometric

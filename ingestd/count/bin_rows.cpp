#include "ingestd/count/bin_rows.h"

#include <algorithm>
#include <vector>

#include "ingestd/count/undo_log.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

uint32_t row_in(uint64_t entry) { return static_cast<uint32_t>(entry) - 1; }

uint64_t entry_of(uint32_t row, uint32_t block) { return uint64_t{block} << 32 | (row + 1); }

}  // namespace

std::optional<BinRows> BinRows::make(Segment& segment, uint32_t size) noexcept {
  const uint32_t block = segment.take_blocks(size / static_cast<uint32_t>(Block::kWords));
  if (block == 0) return std::nullopt;
  return BinRows(segment, block, size);
}

Word* BinRows::find(int16_t bin) const noexcept {
  const Word* const entry = place(row_of(bin));
  Word* const words = entry ? row(entry->load(std::memory_order_relaxed)) : nullptr;
  return words ? words + column_of(bin) : nullptr;
}

Word* BinRows::find_or_make(Segment& segment, int16_t bin) noexcept {
  if (Word* const word = find(bin)) return word;
  Word* entry = place(row_of(bin));
  if (!entry && !(grow(segment) && (entry = place(row_of(bin))))) return nullptr;
  const uint32_t block = segment.take_blocks(kRowBlocks);
  if (block == 0) return nullptr;
  crash_point();
  entry->store(entry_of(row_of(bin), block), std::memory_order_release);
  crash_point();
  return find(bin);
}

Bins BinRows::bins() const {
  std::vector<uint64_t> entries;
  if (const Word* const words = directory())
    for (uint32_t i = 0; i < size_; ++i)
      if (const uint64_t entry = words[i].load(std::memory_order_relaxed)) entries.push_back(entry);
  std::ranges::sort(entries, {}, row_in);
  Bins bins;
  bins.reserve(entries.size() * kRowBins);
  for (const uint64_t entry : entries) {
    const Word* const words = row(entry);
    for (int column = 0; words && column < kRowBins; ++column) {
      const int bin = static_cast<int>(row_in(entry)) * kRowBins + kFirstBin + column;
      if (bin >= -kLastBin && bin <= kLastBin)
        bins.add(static_cast<int16_t>(bin), words[column].load(std::memory_order_relaxed));
    }
  }
  return bins;
}

Word* BinRows::directory() const noexcept {
  const bool whole = size_ >= Block::kWords && size_ <= kMostSize && std::has_single_bit(size_);
  Block* const blocks = whole ? segment_->blocks(block_, size_ / Block::kWords) : nullptr;
  return blocks ? blocks->words : nullptr;
}

Word* BinRows::row(uint64_t entry) const noexcept {
  if (entry == 0 || row_in(entry) >= kRows) return nullptr;
  Block* const blocks = segment_->blocks(entry >> 32, kRowBlocks);
  return blocks ? blocks->words : nullptr;
}

/// Of a row in the directory, or where it is to be entered; nullptr when the directory is full.
Word* BinRows::place(uint32_t row) const noexcept {
  Word* const words = directory();
  for (uint32_t i = 0; words && i < size_; ++i) {
    Word& word = words[(row + i) % size_];
    const uint64_t entry = word.load(std::memory_order_relaxed);
    if (entry == 0 || row_in(entry) == row) return &word;
  }
  return nullptr;
}

bool BinRows::grow(Segment& segment) noexcept {
  const Word* const words = directory();
  std::optional<BinRows> larger = size_ < kMostSize ? make(segment, size_ * 2) : std::nullopt;
  if (!words || !larger) return false;
  for (uint32_t i = 0; i < size_; ++i) {
    const uint64_t entry = words[i].load(std::memory_order_relaxed);
    if (Word* const word = larger->place(row_in(entry))) word->store(entry, std::memory_order_relaxed);
  }
  crash_point();
  *this = *larger;
  return true;
}

}  // namespace kilometric

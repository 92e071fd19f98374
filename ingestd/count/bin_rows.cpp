#include "ingestd/count/bin_rows.h"

#include <algorithm>
#include <vector>

#include "ingestd/count/undo_log.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

uint64_t entry_of(uint32_t row, uint32_t block) { return uint64_t{block} << 32 | (row + 1); }

}  // namespace

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
  for (uint32_t i = 0; directory_ && i < size_; ++i)
    if (const uint64_t entry = directory_[i].load(std::memory_order_relaxed)) entries.push_back(entry);
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

bool BinRows::grow(Segment& segment) noexcept {
  const uint32_t size = size_ * 2;
  const uint32_t block = size <= kMostSize ? segment.take_blocks(size / Block::kWords) : 0;
  if (!directory_ || block == 0) return false;
  const BinRows larger(segment, block, size);
  for (uint32_t i = 0; i < size_; ++i) {
    const uint64_t entry = directory_[i].load(std::memory_order_relaxed);
    if (Word* const word = larger.place(row_in(entry))) word->store(entry, std::memory_order_relaxed);
  }
  crash_point();
  *this = larger;
  return true;
}

}  // namespace kilometric

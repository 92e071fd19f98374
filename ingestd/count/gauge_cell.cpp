#include "ingestd/count/gauge_cell.h"

#include <algorithm>

#include "common/clock.h"
#include "ingestd/system/crash_point.h"

namespace kilometric::gauge_cell {
namespace {

constexpr uint32_t kBlocks = 2;

// Where what begins, in words.
constexpr size_t kLast = 0, kAll = 2, kAt = 4, kCount = 5, kSum = 6, kMin = 8, kMax = 10, kEnd = 12;

uint64_t load(const Word& word) noexcept { return word.load(std::memory_order_relaxed); }

void store(Word& word, uint64_t value) noexcept {
  word.store(value, std::memory_order_relaxed);
  crash_point();
}

Fixed load_fixed(const Word* words) noexcept {
  return {static_cast<Wide>(load(words[1])) << 64 | static_cast<Wide>(load(words[0]))};
}

void store_fixed(Word* words, const Fixed& fixed) noexcept {
  store(words[0], static_cast<uint64_t>(fixed.units));
  store(words[1], static_cast<uint64_t>(fixed.units >> 64));
}

Word* words_of(const Segment& segment, uint64_t at) noexcept {
  Block* const blocks = segment.blocks(segment.cell(at).block, kBlocks);
  return blocks == nullptr ? nullptr : blocks->words;
}

Gauge load_gauge(const Word* words) noexcept {
  Gauge gauge;
  gauge.last = load_fixed(words + kLast);
  gauge.all = load_fixed(words + kAll);
  gauge.at = load(words[kAt]);
  gauge.count = load(words[kCount]);
  gauge.sum = load_fixed(words + kSum);
  gauge.min = load_fixed(words + kMin);
  gauge.max = load_fixed(words + kMax);
  return gauge;
}

void store_gauge(Word* words, const Gauge& gauge) noexcept {
  store_fixed(words + kLast, gauge.last);
  store_fixed(words + kAll, gauge.all);
  store(words[kAt], gauge.at);
  store(words[kCount], gauge.count);
  store_fixed(words + kSum, gauge.sum);
  store_fixed(words + kMin, gauge.min);
  store_fixed(words + kMax, gauge.max);
}

/// When a gauge was set that says so, by boot_ms(): the end of that second, but never later than it arrived,
/// and of what was before the machine was started its start.
uint64_t set_ms(double sent_s, uint64_t now_ms) noexcept {
  const double age_ms = static_cast<double>(wall_ms()) - (sent_s * 1'000 + 999);
  if (!(age_ms > 0)) return now_ms;
  return age_ms < static_cast<double>(now_ms) ? now_ms - static_cast<uint64_t>(age_ms) : 1;
}

}  // namespace

bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept {
  Cell& cell = segment.cell(at);
  if (cell.block == 0) cell.block = segment.take_blocks(kBlocks);
  if (cell.block == 0) return false;
  undo.note<kEnd>(segment.own_blocks(cell.block)->words);  // and those of the block behind it
  sample.place = undo.now_ms();
  if (sample.number > 0 && sample.bits == 0)
    sample.place = std::max<uint64_t>(1, set_ms(sample.number, sample.place));
  return true;
}

void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept {
  Word* const words = segment.own_blocks(segment.cell(at).block)->words;
  Gauge gauge = load_gauge(words);
  gauge.apply({sample.exact, sample.bits != 0}, sample.place);
  store_gauge(words, gauge);
}

Gauge delta(const Segment& segment, uint64_t at) noexcept {
  const Word* const words = words_of(segment, at);
  return words == nullptr ? Gauge{} : load_gauge(words);
}

}  // namespace kilometric::gauge_cell

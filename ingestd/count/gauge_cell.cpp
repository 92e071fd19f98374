#include "ingestd/count/gauge_cell.h"

#include "ingestd/system/crash_point.h"

namespace kilometric::gauge_cell {
namespace {

constexpr uint32_t kBlocks = 2;

// Where what begins, in words.
constexpr size_t kLast = 0, kAll = 2, kAt = 4, kCount = 5, kSum = 6, kMin = 8, kMax = 10;

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

void note_fixed(UndoWords& undo, const Word* words) noexcept {
  undo.note(words[0]);
  undo.note(words[1]);
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

bool adds(const HashedLine& sample) noexcept { return sample.bits != 0; }

/// What a set changes beside the last value. Whatever other samples of its group change, they have noted.
void note_set(UndoWords& undo, const Word* words, const Fixed& value) noexcept {
  undo.note(words[kCount]);
  note_fixed(undo, words + kSum);
  if (load_fixed(words + kAll) != Fixed{}) note_fixed(undo, words + kAll);
  const bool first = load(words[kCount]) == 0;
  if (first || value < load_fixed(words + kMin)) note_fixed(undo, words + kMin);
  if (first || value > load_fixed(words + kMax)) note_fixed(undo, words + kMax);
}

}  // namespace

bool prepare(Segment& segment, uint64_t at, HashedLine& sample, UndoWords& undo) noexcept {
  Cell& cell = segment.cell(at);
  if (cell.block == 0) cell.block = segment.take_blocks(kBlocks);
  const Word* const words = words_of(segment, at);
  if (words == nullptr) return false;
  note_fixed(undo, words + kLast);
  undo.note(words[kAt]);
  if (adds(sample))
    note_fixed(undo, words + kAll);
  else
    note_set(undo, words, sample.exact);
  sample.place = undo.now_ms();
  return true;
}

void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept {
  Word* const words = words_of(segment, at);
  const Gauge before = load_gauge(words);
  Gauge after = before;
  after.apply({sample.exact, adds(sample)}, sample.place);
  const auto change = [words](size_t place, const Fixed& from, const Fixed& to) {
    if (from != to) store_fixed(words + place, to);
  };
  change(kLast, before.last, after.last);
  change(kAll, before.all, after.all);
  change(kSum, before.sum, after.sum);
  change(kMin, before.min, after.min);
  change(kMax, before.max, after.max);
  if (before.at != after.at) store(words[kAt], after.at);
  if (before.count != after.count) store(words[kCount], after.count);
}

Gauge delta(const Segment& segment, uint64_t at) noexcept {
  const Word* const words = words_of(segment, at);
  return words == nullptr ? Gauge{} : load_gauge(words);
}

}  // namespace kilometric::gauge_cell

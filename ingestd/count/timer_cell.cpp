#include "ingestd/count/timer_cell.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <limits>

#include "ingestd/count/bin_rows.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Cell::form
constexpr uint8_t kInRows = 1;

/// Where the samples are, as one word. Zero: in the block, and there are none yet.
struct Samples {
  uint32_t block;   ///< of a list, or of the directory of rows; 0: in the timer's own block
  uint16_t size;    ///< how many a list has room for, or a directory
  uint16_t listed;  ///< of a list: those that are to come with this group, too
};
static_assert(sizeof(Samples) == sizeof(Word));

constexpr uint16_t kInBlock = 8, kMostListed = 128;
constexpr uint32_t kPerBlock = 32;

constexpr Amount kOne{1, 0};

double number_of(const Amount& amount) noexcept {
  if (amount == kOne) return 1;
  return static_cast<double>(amount.whole) + static_cast<double>(amount.millionths) / kMillion;
}

}  // namespace

struct TimerBlock {
  Word sum[2];  ///< the lower half first
  Word sq, min, max;
  Word samples;
  Word first[2];

  Samples where() const noexcept {
    auto found = std::bit_cast<Samples>(samples.load(kRelaxed));
    if (found.block == 0) found.size = kInBlock;
    return found;
  }
  void put(const Samples& where) noexcept {
    samples.store(std::bit_cast<uint64_t>(where), std::memory_order_release);
  }
  void put_rows(const BinRows& rows) noexcept { put({rows.block(), static_cast<uint16_t>(rows.size()), 0}); }
};
static_assert(sizeof(TimerBlock) == sizeof(Block));

constexpr size_t kSums = 5;  ///< words that every sample may change, the block's first
static_assert(offsetof(TimerBlock, samples) == kSums * sizeof(Word));

namespace {

/// Of the writer's own.
TimerBlock& own_block(const Segment& segment, const Cell& cell) noexcept {
  return *reinterpret_cast<TimerBlock*>(segment.own_blocks(cell.block));
}

BinRows own_rows(const Segment& segment, const Cell& cell) noexcept {
  const Samples where = own_block(segment, cell).where();
  return {segment, where.block, where.size};
}

/// Four numbers a word.
class List {
 public:
  explicit List(Word* words) noexcept : words_(words) {}
  /// None when where it should be is none.
  List(const Segment& segment, TimerBlock& block, const Samples& where) noexcept : words_(block.first) {
    if (where.block == 0) return;
    Block* const blocks = segment.blocks(where.block, where.size / kPerBlock);
    words_ = blocks ? blocks->words : nullptr;
  }
  explicit operator bool() const noexcept { return words_ != nullptr; }

  int16_t operator[](size_t at) const noexcept {
    return static_cast<int16_t>(words_[at / 4].load(kRelaxed) >> at % 4 * 16);
  }
  void put(size_t at, int16_t bin) noexcept {
    Word& word = words_[at / 4];
    const uint64_t others = word.load(kRelaxed) & ~(uint64_t{0xFFFF} << at % 4 * 16);
    word.store(others | uint64_t{static_cast<uint16_t>(bin)} << at % 4 * 16, kRelaxed);
  }

  void copy(const List& other, size_t size) noexcept {
    for (size_t i = 0; i < (size + 3) / 4; ++i) words_[i].store(other.words_[i].load(kRelaxed), kRelaxed);
  }

 private:
  Word* words_;
};

void add(Word& word, uint64_t parts) noexcept {
  const uint64_t before = word.load(kRelaxed);
  word.store(before + std::min(parts, std::numeric_limits<uint64_t>::max() - before), kRelaxed);
  crash_point();
}

double double_in(const Word& word) noexcept { return std::bit_cast<double>(word.load(kRelaxed)); }

void put(Word& word, double number) noexcept {
  word.store(std::bit_cast<uint64_t>(number), kRelaxed);
  crash_point();
}

Fixed sum_in(const TimerBlock& block) noexcept {
  return {Wide{static_cast<int64_t>(block.sum[1].load(kRelaxed))} << 64 | Wide{block.sum[0].load(kRelaxed)}};
}

/// How many samples a list has before the group.
size_t counted(const Cell& cell) noexcept { return static_cast<size_t>(cell.whole.load(kRelaxed)); }

bool counts_as_one(const HashedLine& sample) noexcept { return sample.amount == kOne; }

}  // namespace

bool TimerCell::prepare(HashedLine& sample, UndoWords& undo) noexcept {
  if (cell_.block == 0 && !make_block()) return false;
  if (!make_place(sample, undo)) return false;
  undo.note<kSums>(segment_.own_blocks(cell_.block)->words);
  return true;
}

[[gnu::noinline]] bool TimerCell::make_block() noexcept {
  const uint32_t block = segment_.take_blocks(1);
  if (block == 0) return false;
  cell_.block = block;
  crash_point();
  return true;
}

bool TimerCell::make_place(HashedLine& sample, UndoWords& undo) noexcept {
  sample.place = 0;
  if (cell_.form != kInRows) {
    if (counts_as_one(sample) && append(sample.bin)) return true;
    if (!make_rows(undo)) return false;
  }
  const BinRows rows = own_rows(segment_, cell_);
  const Word* word = rows.find(sample.bin);
  if (!word) word = make_row(rows, sample.bin);
  if (!word) return false;
  undo.note<1>(word);
  sample.place = segment_.place_of(*word);
  return true;
}

/// The bin's word in a new row; nullptr when there is no room.
[[gnu::noinline]] Word* TimerCell::make_row(BinRows rows, int16_t bin) noexcept {
  const uint32_t directory = rows.block();
  Word* const word = rows.find_or_make(segment_, bin);
  if (word && rows.block() != directory) own_block(segment_, cell_).put_rows(rows);
  crash_point();
  return word;
}

/// Lists a sample behind those that are counted and those that came before it in the group. False when there
/// are too many for a list, or when there is no room.
bool TimerCell::append(int16_t bin) noexcept {
  TimerBlock& block = own_block(segment_, cell_);
  Samples where = block.where();
  List list(segment_, block, where);
  if (where.listed == where.size) {
    if (where.size == kMostListed) return false;
    const auto size = static_cast<uint16_t>(where.size * 4);
    const uint32_t begin = segment_.take_blocks(size / kPerBlock);
    if (begin == 0) return false;
    List larger(segment_.blocks(begin)->words);
    larger.copy(list, where.listed);
    where = {begin, size, where.listed};
    list = larger;
    crash_point();
  }
  list.put(where.listed++, bin);
  block.put(where);
  crash_point();
  return true;
}

/// Counts in rows what is listed, with a block of their own before the directory: what a sample touches lies
/// together. Of a sample that is to come with this group the word that it will change is noted, and apply()
/// finds it.
bool TimerCell::make_rows(UndoWords& undo) noexcept {
  TimerBlock& listed = own_block(segment_, cell_);
  const Samples where = listed.where();
  const List list(segment_, listed, where);
  const uint32_t begin = segment_.take_blocks(1 + BinRows::kFirstSize / Block::kWords);
  if (begin == 0) return false;
  BinRows rows(segment_, begin + 1, BinRows::kFirstSize);
  for (size_t i = 0; i < where.listed; ++i)
    if (!rows.find_or_make(segment_, list[i])) return false;  // before anything is noted
  for (size_t i = 0; i < where.listed; ++i) {
    Word& word = *rows.find(list[i]);
    if (i < counted(cell_))
      add(word, Bins::kWhole);
    else
      undo.note<1>(&word);
  }
  const Word* const sums = segment_.own_blocks(cell_.block)->words;
  Word* const copies = segment_.own_blocks(begin)->words;
  for (size_t i = 0; i < kSums; ++i) copies[i].store(sums[i].load(kRelaxed), kRelaxed);
  reinterpret_cast<TimerBlock*>(copies)->put_rows(rows);
  settle();
  crash_point();
  cell_.point_at(kInRows, begin);
  crash_point();
  return true;
}

void TimerCell::apply(const HashedLine& sample) noexcept {
  TimerBlock& block = own_block(segment_, cell_);
  const bool first = cell_.count() == sample.amount;
  const Fixed sum = sum_in(block) + sample.exact;
  block.sum[0].store(static_cast<uint64_t>(sum.units), kRelaxed);
  crash_point();
  block.sum[1].store(static_cast<uint64_t>(sum.units >> 64), kRelaxed);
  crash_point();
  put(block.sq, double_in(block.sq) + sample.number * sample.number * number_of(sample.amount));
  if (first || sample.number < double_in(block.min)) put(block.min, sample.number);
  if (first || sample.number > double_in(block.max)) put(block.max, sample.number);
  if (sample.place != 0) return add(segment_.own_word(sample.place), sample.bits);
  if (cell_.form == kInRows) add(*own_rows(segment_, cell_).find(sample.bin), sample.bits);
}

const Word* TimerCell::place_of_row(const Segment& segment, const HashedLine& sample) noexcept {
  return BinRows(segment, segment.cell(sample.cell).block + 1, BinRows::kFirstSize).likely_place(sample.bin);
}

const Word* TimerCell::place_of_bin(const Segment& segment, const HashedLine& sample) noexcept {
  const Cell& cell = segment.cell(sample.cell);
  if (cell.kind != static_cast<uint8_t>(Kind::timer) || cell.block == 0) return nullptr;
  if (cell.form == kInRows) return own_rows(segment, cell).find(sample.bin);
  const Samples where = own_block(segment, cell).where();
  if (where.block == 0) return nullptr;
  return segment.own_blocks(where.block + where.listed / kPerBlock)->words + where.listed % kPerBlock / 4;
}

Timings TimerCell::delta(const Segment& segment, uint64_t at) {
  const Cell& cell = segment.cell(at);
  auto* const block = reinterpret_cast<TimerBlock*>(segment.blocks(cell.block));
  if (!block) return {};
  const Samples where = block->where();
  Timings timer{cell.count(),          sum_in(*block),        double_in(block->sq),
                double_in(block->min), double_in(block->max), {}};
  if (cell.form == kInRows)
    timer.bins = BinRows(segment, where.block, where.size).bins();
  else if (const List list(segment, *block, where); list)
    for (size_t i = 0; i < std::min<size_t>(counted(cell), where.size); ++i)
      if (std::abs(list[i]) <= kLastBin) timer.bins.add(list[i], Bins::kWhole);
  return timer.is_sound() ? timer : Timings{};
}

}  // namespace kilometric

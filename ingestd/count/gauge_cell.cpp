#include "ingestd/count/gauge_cell.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "common/clock.h"
#include "ingestd/system/crash_point.h"

namespace kilometric::gauge_cell {
namespace {

constexpr uint32_t kBlocks = 2;
constexpr size_t kWords = 12;

// The blocks begin with a Gauge, as it is in memory.
static_assert(std::is_trivially_copyable_v<Gauge> && sizeof(Gauge) == kWords * sizeof(Word));
static_assert(offsetof(Gauge, all) == 16 && offsetof(Gauge, at) == 32 && offsetof(Gauge, count) == 40 &&
              offsetof(Gauge, sum) == 48 && offsetof(Gauge, min) == 64 && offsetof(Gauge, max) == 80);

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
  undo.note<kWords>(segment.own_blocks(cell.block)->words);  // and those of the block behind it
  sample.place = undo.now_ms();
  if (sample.number > 0 && sample.bits == 0)
    sample.place = std::max<uint64_t>(1, set_ms(sample.number, sample.place));
  return true;
}

/// In place: all of its words are noted, so it may end anywhere.
void apply(Segment& segment, uint64_t at, const HashedLine& sample) noexcept {
  auto& gauge = *reinterpret_cast<Gauge*>(segment.own_blocks(segment.cell(at).block));
  gauge.apply({sample.exact, sample.bits != 0}, sample.place);
  crash_point();
}

Gauge delta(const Segment& segment, uint64_t at) noexcept {
  Gauge gauge;
  if (const Block* const blocks = segment.blocks(segment.cell(at).block, kBlocks))
    std::memcpy(&gauge, static_cast<const void*>(blocks), sizeof gauge);
  return gauge;
}

}  // namespace kilometric::gauge_cell

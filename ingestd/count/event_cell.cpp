#include "ingestd/count/event_cell.h"

#include <cstring>

#include "ingestd/system/crash_point.h"

namespace kilometric::event_cell {
namespace {

constexpr size_t kAt = 0, kBytes = 1, kLine = 2;  ///< in words
constexpr size_t kLineAt = kLine * sizeof(Word);

constexpr uint32_t blocks_for(size_t bytes) {
  return static_cast<uint32_t>((kLineAt + bytes + sizeof(Block) - 1) / sizeof(Block));
}

}  // namespace

bool prepare(Segment& segment, uint64_t at, const HashedLine& sample, UndoWords& undo) noexcept {
  const uint32_t first = segment.take_blocks(blocks_for(sample.key.size()));
  if (first == 0) return false;
  Block* const blocks = segment.own_blocks(first);
  blocks->words[kAt].store(undo.now_ms(), std::memory_order_relaxed);
  blocks->words[kBytes].store(sample.key.size(), std::memory_order_relaxed);
  std::memcpy(reinterpret_cast<char*>(blocks) + kLineAt, sample.key.data(), sample.key.size());
  crash_point();
  segment.cell(at).block = first;
  crash_point();
  return true;
}

Event delta(const Segment& segment, uint64_t at) {
  const Cell& cell = segment.cell(at);
  const Block* const head = segment.blocks(cell.block);
  if (cell.count() != Amount{1, 0} || head == nullptr) return {};
  const uint64_t bytes = head->words[kBytes].load(std::memory_order_relaxed);
  if (bytes > EventLine::kMostBytes || segment.blocks(cell.block, blocks_for(bytes)) == nullptr) return {};
  return {head->words[kAt].load(std::memory_order_relaxed),
          std::string(reinterpret_cast<const char*>(head) + kLineAt, bytes)};
}

}  // namespace kilometric::event_cell

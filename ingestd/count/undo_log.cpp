#include "ingestd/count/undo_log.h"

#include <algorithm>

#include "ingestd/count/worker_file.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {

namespace {

/// Stores what the runs say; a run or a word that there is not is noise in the file.
void undo_words(const Segment& segment) noexcept {
  const SegmentHeader& header = segment.header();
  const uint64_t end = std::min<uint64_t>(header.undo_words, SegmentHeader::kUndoWords);
  for (uint64_t at = 0; at < end;) {
    const uint64_t head = header.undo[at++];
    const uint64_t first = head >> kUndoRunBits, words = std::min(head & kUndoRunMask, end - at);
    for (uint64_t i = 0; i < words; ++i, ++at) {
      if (Word* const word = segment.word_at(first + i))
        word->store(header.undo[at], std::memory_order_relaxed);
      crash_point();
    }
  }
}

}  // namespace

void UndoLog::open(size_t lines, uint32_t of, const Identity& counted_into,
                   const WorkerHeader& header) noexcept {
  entries = lines;
  via = of;
  cursor = header.cursor.load(std::memory_order_relaxed);
  segment = counted_into;
  for (size_t i = 0; i < kFirstOutcomes; ++i)
    outcomes[i] = header.stats.lines[via][i].load(std::memory_order_relaxed);
  for (size_t i = 0; i < kMostLaterOutcomes; ++i)
    later_outcomes[i] = static_cast<uint8_t>(header.later_lines[via][i].load(std::memory_order_relaxed));
  for (size_t i = 0; i < kKinds.size(); ++i)
    samples[i] = static_cast<uint32_t>(header.samples[i].load(std::memory_order_relaxed));
  settle();
  crash_point();
  is_open.store(1, std::memory_order_relaxed);
  settle();
  crash_point();
}

void UndoLog::close() noexcept {
  settle();
  is_open.store(0, std::memory_order_relaxed);
  settle();
}

bool must_undo(const WorkerHeader& header) noexcept {
  const UndoLog& log = header.undo_log;
  return log.is_open.load(std::memory_order_relaxed) != 0 &&
         log.cursor == header.cursor.load(std::memory_order_relaxed) && log.entries <= UndoLog::kLines &&
         log.via < std::size(kViaNames);
}

void undo_counters(const UndoLog& log, const Segment& segment) noexcept {
  if (log.segment != segment.header().identity) return;
  const uint64_t cells = segment.header().cells;
  for (size_t i = 0; i < log.entries; ++i) {
    const UndoLog::Entry& before = log.before[i];
    const uint64_t at = segment.at(std::min(before.cell, cells));
    if (at >= segment.used()) continue;  // noise in the file
    segment.cell(at).whole.store(before.whole, std::memory_order_relaxed);
    crash_point();
    segment.cell(at).millionths.store(before.millionths, std::memory_order_relaxed);
    crash_point();
  }
  undo_words(segment);
}

void undo_statistics(const UndoLog& log, WorkerHeader& header) noexcept {
  for (size_t i = 0; i < kFirstOutcomes; ++i) {
    header.stats.lines[log.via][i].store(log.outcomes[i], std::memory_order_relaxed);
    crash_point();
  }
  for (size_t i = 0; i < kMostLaterOutcomes; ++i) {
    const uint64_t lines = header.later_lines[log.via][i].load(std::memory_order_relaxed);
    const auto added = static_cast<uint8_t>(lines - log.later_outcomes[i]);
    header.later_lines[log.via][i].store(lines - added, std::memory_order_relaxed);
    crash_point();
  }
  for (size_t i = 0; i < kKinds.size(); ++i) {
    const uint64_t samples = header.samples[i].load(std::memory_order_relaxed);
    const auto added = static_cast<uint32_t>(samples - log.samples[i]);
    header.samples[i].store(samples - added, std::memory_order_relaxed);
    crash_point();
  }
}

}  // namespace kilometric

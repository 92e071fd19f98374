#include "ingestd/flusher/harvester.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "ingestd/spool/key_sums.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

Amount difference(const Amount& counter, const Mark& mark) {
  return {static_cast<int64_t>(static_cast<uint64_t>(counter.whole) - mark.whole),
          static_cast<int64_t>(static_cast<uint64_t>(counter.millionths) - mark.millionths)};
}

Amount gain_of(const Segment& segment, uint64_t cell) {
  return difference(segment.cell(cell).amount(), segment.mark(cell));
}

bool has_gained(const Segment& segment) {
  return segment.any_key([&](uint64_t cell) { return gain_of(segment, cell) != Amount{}; });
}

/// Calls `add(entry)` for every key that has gained; returns the marks that go with these entries.
template <class Add>
std::vector<CellMark> read(const Segment& segment, Add add) {
  std::vector<CellMark> marks;
  // Grown step by step it would be moved, and its pages zeroed, several times over.
  marks.reserve(std::min(segment.header().keys.load(std::memory_order_relaxed), segment.header().cells));
  segment.for_each_key([&](uint64_t cell) {
    const Amount counter = segment.cell(cell).amount();
    const Mark& mark = segment.mark(cell);
    const Amount delta = difference(counter, mark);
    if (delta == Amount{}) return;
    add(BatchEntry{0, delta, mark.whole == 0 && mark.millionths == 0, segment.key(cell)});
    marks.push_back({cell, {static_cast<uint64_t>(counter.whole), static_cast<uint64_t>(counter.millionths)}});
  });
  return marks;
}

void store_marks(const Segment& segment, const std::vector<CellMark>& marks, uint64_t batch) {
  for (const CellMark& mark : marks) {
    crash_point();
    if (mark.cell < segment.header().cells) segment.mark(mark.cell) = mark.mark;
  }
  crash_point();
  segment.header().last_batch.store(batch, std::memory_order_release);
}

}  // namespace

Harvester::Harvester(std::filesystem::path runtime_folder, Spool& spool, const RedisClock& clock,
                     uint64_t instance, Identity boot)
    : folder_(std::move(runtime_folder)), spool_(spool), clock_(clock), instance_(instance), boot_(boot) {
  open_new_segments();
  repeat_marks();
}

void Harvester::open_new_segments() {
  for (const auto& [number, path] : list_segments(folder_)) {
    if (segments_.contains(number)) continue;
    if (std::optional<Segment> segment = Segment::open(path)) segments_.emplace(number, std::move(*segment));
  }
}

void Harvester::repeat_marks() {
  uint64_t least = ~uint64_t{0};
  for (const auto& [number, segment] : segments_) {
    const uint64_t last = segment.header().last_batch.load(std::memory_order_relaxed);
    least = std::min(least, last);
    last_number_ = std::max(last_number_, last);
  }
  last_number_ = std::max(last_number_, spool_.last_number());
  if (segments_.empty()) return;
  // Newest first; a segment's marks are as of its last batch, and only one batch can be ahead of it.
  spool_.newest_first([&](const Batch& batch) {
    if (batch.header().number <= least) return false;
    const std::vector<Batch::SegmentMarks> marks = batch.segments();
    for (const auto& [number, segment] : segments_) {
      if (segment.header().last_batch.load(std::memory_order_relaxed) >= batch.header().number) continue;
      for (const Batch::SegmentMarks& of : marks)  // a merged batch names a segment twice, oldest first
        if (of.identity == segment.header().identity) store_marks(segment, of.marks, batch.header().number);
    }
    return true;
  });
}

BatchHeader Harvester::next_header() {
  BatchHeader header{};
  header.number = header.covers = last_number_ + 1;
  header.instance = instance_;
  header.boot_ms = boot_ms();
  header.boot = boot_;
  header.wall_ms = wall_ms();
  if (clock_.known()) header.ms = spool_.new_ms(clock_.at(header.boot_ms));
  return header;
}

void Harvester::store(std::vector<Gain>& gains) {
  const BatchHeader header = next_header();
  spool_.store(header, [&](BatchWriter& writer) {
    const auto write = [&](const BatchEntry& entry) {
      if (!entry.delta.zero() || entry.fresh) writer.add(entry);  // a fresh one is also told to the index
    };
    if (gains.size() == 1) {
      gains[0].marks = read(*gains[0].segment, write);  // no key is in it twice
    } else {
      KeySums sums;
      for (Gain& gain : gains)
        gain.marks = read(*gain.segment, [&](const BatchEntry& entry) { sums.add(entry); });
      for (const BatchEntry& entry : sums.entries()) write(entry);
    }
    for (const Gain& gain : gains) writer.add(gain.segment->header().identity, gain.marks);
  });
  last_number_ = header.number;
  for (const Gain& gain : gains) store_marks(*gain.segment, gain.marks, header.number);
}

bool Harvester::harvest() {
  open_new_segments();
  std::vector<Gain> gains;
  std::vector<uint64_t> finished;
  for (const auto& [number, segment] : segments_) {
    if (segment.sealed()) finished.push_back(number);  // what is read of it from now on is final
    if (has_gained(segment)) gains.push_back({&segment, {}});
  }
  if (!gains.empty()) store(gains);
  for (const uint64_t number : finished) {
    crash_point();
    std::filesystem::remove(segments_.at(number).path());
    segments_.erase(number);
  }
  return !gains.empty();
}

}  // namespace kilometric

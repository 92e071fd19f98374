#include "ingestd/harvester.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "ingestd/crash_point.h"
#include "ingestd/key_sums.h"

namespace kilometric {
namespace {

Amount difference(const Amount& counter, const Mark& mark) {
  return {static_cast<int64_t>(static_cast<uint64_t>(counter.whole) - mark.whole),
          static_cast<int64_t>(static_cast<uint64_t>(counter.millionths) - mark.millionths)};
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
    : folder_(std::move(runtime_folder)),
      spool_(spool),
      clock_(clock),
      instance_(instance),
      boot_(boot) {
  open_new_segments();
  repeat_marks();
}

void Harvester::open_new_segments() {
  for (const auto& [number, path] : list_segments(folder_)) {
    if (segments_.contains(number)) continue;
    if (std::optional<Segment> segment = Segment::open(path))
      segments_.emplace(number, std::move(*segment));
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
        if (of.identity == segment.header().identity)
          store_marks(segment, of.marks, batch.header().number);
    }
    return true;
  });
}

Harvester::Gain Harvester::read(uint64_t number, const Segment& segment, KeySums& sums) const {
  Gain gain{number, segment.sealed(), {}};
  // Grown step by step it would be moved, and its pages zeroed, several times over.
  gain.marks.reserve(std::min(segment.header().keys.load(std::memory_order_relaxed), segment.header().cells));
  segment.for_each_key([&](uint64_t at) {
    const Amount counter = segment.cell(at).amount();
    const Mark& mark = segment.mark(at);
    const Amount delta = difference(counter, mark);
    if (delta == Amount{}) return;
    const bool fresh = mark.whole == 0 && mark.millionths == 0;
    sums.add({0, delta, fresh, segment.key(at)});
    gain.marks.push_back({at, {static_cast<uint64_t>(counter.whole),
                               static_cast<uint64_t>(counter.millionths)}});
  });
  return gain;
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

void Harvester::store(const std::vector<Gain>& gains, const KeySums& sums) {
  const BatchHeader header = next_header();
  spool_.store(header, [&](BatchWriter& writer) {
    for (const BatchEntry& entry : sums.entries())
      if (!entry.delta.zero() || entry.fresh) writer.add(entry);  // a fresh one is also told to the index
    for (const Gain& gain : gains)
      writer.add(segments_.at(gain.segment).header().identity, gain.marks);
  });
  last_number_ = header.number;
  for (const Gain& gain : gains)
    store_marks(segments_.at(gain.segment), gain.marks, header.number);
}

void Harvester::drop_finished(const std::vector<Gain>& gains) {
  for (const Gain& gain : gains) {
    if (!gain.sealed) continue;
    crash_point();
    std::filesystem::remove(segments_.at(gain.segment).path());
    segments_.erase(gain.segment);
  }
}

bool Harvester::harvest() {
  open_new_segments();
  KeySums sums;
  std::vector<Gain> gains, unchanged;
  for (const auto& [number, segment] : segments_) {
    Gain gain = read(number, segment, sums);
    (gain.marks.empty() ? unchanged : gains).push_back(std::move(gain));
  }
  if (!gains.empty()) store(gains, sums);
  drop_finished(gains);
  drop_finished(unchanged);
  return !gains.empty();
}

}  // namespace kilometric

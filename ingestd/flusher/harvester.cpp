#include "ingestd/flusher/harvester.h"

#include <algorithm>
#include <limits>
#include <system_error>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "ingestd/count/cells.h"
#include "ingestd/flusher/key_cells.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

/// Of a segment that is the only one of its interval: no key is in it twice. `epoch_ms`: of the boot, see
/// Harvester::epoch_ms_of_boot().
template <class Add>
void read(const Segment& segment, int64_t epoch_ms, Add add) {
  segment.for_each_key([&](uint64_t at) {
    if (!kind_of(segment.cell(at).kind)) return;
    BatchEntry entry{0, delta_of(segment, at), segment.key(at)};
    entry.delta.shift_times(epoch_ms);
    add(entry);
  });
}

const Identity& identity_of(const Segment& segment) { return segment.header().identity; }
const Identity& identity_of(const OldSegment& segment) { return segment.identity(); }

bool is_empty(const Segment& segment) { return segment.used() == 0; }
bool is_empty(const OldSegment& segment) {
  bool empty = true;
  segment.for_each_gain([&](std::string_view, const Amount&) { empty = false; });
  return empty;
}

template <class Visit>
void for_each(const std::vector<const Segment*>& segments, const std::vector<const OldSegment*>& old_segments,
              Visit visit) {
  for (const Segment* segment : segments) visit(*segment);
  for (const OldSegment* segment : old_segments) visit(*segment);
}

}  // namespace

Harvester::Harvester(fs::path runtime_folder, Spool& spool, const RedisClock& clock, uint64_t instance,
                     Identity boot)
    : folder_(std::move(runtime_folder)),
      spool_(spool),
      clock_(clock),
      instance_(instance),
      boot_(boot),
      last_number_(spool.last_number()) {
  open_new_segments();
  const std::set<Identity> named = spool_.harvested();
  unlink_harvested();
  std::set<Identity> left;
  for (const auto& [path, segment] : segments_) left.insert(identity_of(segment));
  for (const auto& [path, segment] : old_segments_) left.insert(identity_of(segment));
  for (const Identity& segment : named)
    if (!left.contains(segment)) spool_.forget_harvested(segment);
  bring_marks_up_to_date();
}

void Harvester::open_new_segments() {
  for (const SegmentName& name : list_segments(folder_))
    if (!segments_.contains(name.path))
      if (std::optional<Segment> segment = Segment::open(name.path))
        segments_.emplace(name.path, std::move(*segment));
  for (const fs::path& path : list_old_segments(folder_))
    if (!old_segments_.contains(path))
      if (std::optional<OldSegment> segment = OldSegment::open(path))
        old_segments_.emplace(path, std::move(*segment));
}

/// What a batch names already.
void Harvester::unlink_harvested() {
  const auto unlink = [&](auto& segments) {
    for (auto at = segments.begin(); at != segments.end();) {
      const Identity identity = identity_of(at->second);
      std::error_code error;
      if (!spool_.harvested().contains(identity) || (fs::remove(at->first, error), error)) {
        if (error && complained_of_.insert(at->first).second)
          log_error("{} is harvested and cannot be removed: {}", at->first.string(), error.message());
        ++at;
        continue;
      }
      crash_point();
      complained_of_.erase(at->first);
      spool_.forget_harvested(identity);
      at = segments.erase(at);
    }
  };
  unlink(segments_);
  unlink(old_segments_);
}

/// For segments of version 1: a flusher of that version may have died between storing a batch and storing the
/// marks that go with it.
void Harvester::bring_marks_up_to_date() {
  if (old_segments_.empty()) return;
  uint64_t least = std::numeric_limits<uint64_t>::max();
  for (const auto& [path, segment] : old_segments_) {
    least = std::min(least, segment.last_batch());
    last_number_ = std::max(last_number_, segment.last_batch());
  }
  // Newest first; a segment's marks are as of its last batch, and only one batch can be ahead of it.
  spool_.newest_first([&](const Batch& batch) {
    if (batch.header().number <= least) return false;
    const std::vector<Batch::SegmentMarks> marks = batch.marks();
    for (const auto& [path, segment] : old_segments_) {
      if (segment.last_batch() >= batch.header().number) continue;
      for (const Batch::SegmentMarks& of : marks)  // a merged batch names a segment twice, oldest first
        if (of.identity == segment.identity()) segment.store_marks(of.marks, batch.header().number);
    }
    return true;
  });
}

bool Harvester::must_wait(int64_t end_ms) {
  open_new_segments();
  return std::ranges::any_of(segments_, [&](const auto& named) {
    const Segment& segment = named.second;
    return !segment.sealed() && segment.header().born_ms < end_ms && segment.used() > 0;
  });
}

/// Of intervals that had ended at `until_ms`. An old segment belongs to the last of them.
Harvester::Groups Harvester::groups(const Grid& grid, int64_t until_ms, int64_t now_ms) const {
  Groups groups;
  for (const auto& [path, segment] : segments_) {
    if (!segment.sealed() || spool_.harvested().contains(identity_of(segment))) continue;
    const int64_t end = grid.end_for(segment.header().end_ms.load(std::memory_order_relaxed));
    if (end <= until_ms) groups[std::min(end, now_ms)].segments.push_back(&segment);
  }
  for (const auto& [path, segment] : old_segments_)
    if (segment.sealed() && !spool_.harvested().contains(identity_of(segment)))
      groups[std::min(grid.last_end(now_ms), now_ms)].old_segments.push_back(&segment);
  return groups;
}

bool Harvester::harvest(const Grid& grid, int64_t now_ms) {
  open_new_segments();
  unlink_harvested();
  return harvest_groups(groups(grid, grid.last_end(now_ms), now_ms));
}

bool Harvester::harvest_all(const Grid& grid, int64_t now_ms) {
  open_new_segments();
  unlink_harvested();
  return harvest_groups(groups(grid, std::numeric_limits<int64_t>::max(), now_ms));
}

bool Harvester::harvest_groups(const Groups& groups) {
  bool stored = false;
  for (const auto& [end_ms, group] : groups) {
    bool empty = true;
    for_each(group.segments, group.old_segments,
             [&](const auto& segment) { empty = empty && is_empty(segment); });
    if (!empty) store(end_ms, group);
    stored = stored || !empty;
    for_each(group.segments, group.old_segments,
             [&](const auto& segment) { spool_.note_harvested(identity_of(segment)); });
    crash_point();
    unlink_harvested();
    crash_point();
  }
  return stored;
}

void Harvester::store(int64_t end_ms, const Group& group) {
  const BatchHeader header = next_header(end_ms);
  const int64_t epoch_ms = epoch_ms_of_boot();
  Busiest busiest;
  spool_.store(header, [&](BatchWriter& writer) {
    const auto write = [&](const BatchEntry& entry) {
      if (entry.delta.says_nothing()) return;
      writer.add(entry);
      busiest.look_at(entry);
    };
    if (group.segments.size() == 1 && group.old_segments.empty())
      read(*group.segments.front(), epoch_ms, write);
    else
      KeyCells(group.segments, group.old_segments, epoch_ms).for_each(write);
    for_each(group.segments, group.old_segments,
             [&](const auto& segment) { writer.add(identity_of(segment)); });
  });
  last_number_ = header.number;
  if (!busiest.key().empty()) busiest_ = busiest.key();
}

/// By Redis' clock; while that is not known, by the host's.
int64_t Harvester::epoch_ms_of_boot() const { return clock_.known() ? clock_.at(0) : wall_ms() - boot_ms(); }

BatchHeader Harvester::next_header(int64_t end_ms) {
  BatchHeader header{};
  header.number = header.covers = last_number_ + 1;
  header.instance = instance_;
  header.boot_ms = end_ms;
  header.boot = boot_;
  header.wall_ms = wall_ms() - (boot_ms() - end_ms);
  if (clock_.known()) header.ms = spool_.new_ms(clock_.at(header.boot_ms));
  return header;
}

}  // namespace kilometric

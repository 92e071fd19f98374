#include "ingestd/count/succession.h"

#include <optional>
#include <set>

#include "common/clock.h"
#include "ingestd/count/old_segment.h"
#include "ingestd/count/segment.h"
#include "ingestd/count/undo_log.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

void undo_and_seal(const fs::path& folder, unsigned index, const UndoLog* log) {
  for (const SegmentName& name : list_segments(folder)) {
    if (name.worker != index) continue;
    const std::optional<Segment> segment = Segment::open(name.path);
    if (!segment || segment->sealed()) continue;
    if (log) undo_counters(*log, *segment);
    crash_point();
    segment->seal(boot_ms());
  }
  for (const fs::path& path : list_old_segments(folder)) {
    const std::optional<OldSegment> segment = OldSegment::open(path);
    if (!segment || segment->worker() != index || segment->sealed()) continue;
    if (log) segment->undo(*log);
    crash_point();
    segment->seal();
  }
}

/// Requires the lock of `file`.
void finish(const fs::path& folder, unsigned index, const WorkerFile& file) {
  UndoLog& log = file.header().undo_log;
  const bool undo = must_undo(file.header());
  undo_and_seal(folder, index, undo ? &log : nullptr);
  crash_point();
  if (undo) undo_statistics(log, file.header());
  log.close();
}

/// The workers that have an unsealed segment.
std::set<unsigned> unsealed(const fs::path& folder) {
  std::set<unsigned> workers;
  for (const SegmentName& name : list_segments(folder))
    if (const auto segment = Segment::open(name.path); segment && !segment->sealed())
      workers.insert(name.worker);
  for (const fs::path& path : list_old_segments(folder))
    if (const auto segment = OldSegment::open(path); segment && !segment->sealed())
      workers.insert(segment->worker());
  return workers;
}

}  // namespace

WorkerFile succeed_worker(const fs::path& folder, unsigned index) {
  WorkerFile file = WorkerFile::take(folder, index);
  finish(folder, index, file);
  return file;
}

void seal_what_the_dead_left(const fs::path& folder) {
  for (const unsigned worker : unsealed(folder))
    if (const WorkerFile file = WorkerFile::try_take(folder, worker)) finish(folder, worker, file);
}

}  // namespace kilometric

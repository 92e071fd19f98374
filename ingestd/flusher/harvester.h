// The harvest: makes a batch out of the sealed segments of an interval, each segment once and whole.
//
//   1. what the segments of an interval hold is merged, key by key; times in it, since boot until now, become
//      Redis' own, or the host's while Redis has never told its time
//   2. the batch, with the names of these segments, is written to the spool and synced
//   3. the segments are unlinked; then the next interval
//
// A flusher that dies before 2 is done has changed nothing. One that dies after it finds segments that a batch
// names, and only unlinks them. What cannot be unlinked is remembered, never harvested again, and tried again
// at each harvest; batches that name it stay in the spool as long.
//
// When the flusher was away and several intervals wait, each gets a batch, with its own time.
//
// Owned by the flusher, on its loop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/redis/clock.h"
#include "ingestd/count/grid.h"
#include "ingestd/count/old_segment.h"
#include "ingestd/count/segment.h"
#include "ingestd/flusher/busiest.h"
#include "ingestd/spool/batch.h"
#include "ingestd/spool/spool.h"

namespace kilometric {

class Harvester {
 public:
  /// Unlinks what an earlier process has harvested. Throws std::system_error when the system refuses for now.
  Harvester(std::filesystem::path runtime_folder, Spool& spool, const RedisClock& clock, uint64_t instance,
            Identity boot);

  /// Whether a segment of the interval that ended at `end_ms` is not sealed yet.
  bool must_wait(int64_t end_ms);

  /// Harvests all intervals that had ended at `now_ms`. True when something was stored. Throws
  /// std::system_error when the spool's disk refuses: then everything stays in the segments.
  bool harvest(const Grid& grid, int64_t now_ms);

  /// Before the process stops: harvests all that is sealed, as of `now_ms`.
  bool harvest_all(const Grid& grid, int64_t now_ms);

  /// The counter that counted most in the last batch that had one; empty when there was none.
  const std::string& busiest() const { return busiest_; }

 private:
  /// Harvested together: they belong to one interval.
  struct Group {
    std::vector<const Segment*> segments;
    std::vector<const OldSegment*> old_segments;
  };
  using Groups = std::map<int64_t, Group>;  ///< by the interval's end

  void open_new_segments();
  void unlink_harvested();
  void bring_marks_up_to_date();
  Groups groups(const Grid& grid, int64_t until_ms, int64_t now_ms) const;
  bool harvest_groups(const Groups& groups);
  void store(int64_t end_ms, const Group& group);
  int64_t epoch_ms_of_boot() const;
  BatchHeader next_header(int64_t end_ms);

  std::filesystem::path folder_;
  Spool& spool_;
  const RedisClock& clock_;
  uint64_t instance_;
  Identity boot_;
  std::map<std::filesystem::path, Segment> segments_;
  std::map<std::filesystem::path, OldSegment> old_segments_;
  std::set<std::filesystem::path> complained_of_;
  uint64_t last_number_ = 0;
  std::string busiest_;
};

}  // namespace kilometric

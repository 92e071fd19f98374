// The harvest: reads what all segments have gained since the last one, stores it as a batch, and
// only then moves the segments' marks up to it.
//
//   1. for every cell, delta = counter - mark; deltas of one key are added up over segments
//   2. the batch, with the deltas and the new marks, is written to the spool and synced
//   3. the new marks are stored in the segments, then the batch's number
//   4. a sealed segment whose marks are final is unlinked
//
// A flusher that dies before 2 is done has changed nothing. One that dies after it finds a batch
// newer than the number in the segment, and does 3 again with the same values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "common/redis/clock.h"
#include "ingestd/count/segment.h"
#include "ingestd/spool/batch.h"
#include "ingestd/spool/spool.h"

namespace kilometric {

class Harvester {
 public:
  Harvester(std::filesystem::path runtime_folder, Spool& spool, const RedisClock& clock, uint64_t instance,
            Identity boot);

  /// True when something was stored. Throws std::system_error when the spool's disk refuses: then
  /// everything stays in the segments.
  bool harvest();

 private:
  /// A segment that has gained, and its new marks once it is read.
  struct Gain {
    const Segment* segment;
    std::vector<CellMark> marks;
  };

  void open_new_segments();
  void repeat_marks();
  void store(std::vector<Gain>& gains);
  BatchHeader next_header();

  std::filesystem::path folder_;
  Spool& spool_;
  const RedisClock& clock_;
  uint64_t instance_;
  Identity boot_;
  std::map<uint64_t, Segment> segments_;
  uint64_t last_number_ = 0;
};

}  // namespace kilometric

// A sample on its way through a group of them: what the parser gave, and where it will be counted.
//
// Made by ingestd/count/line_group.h, counted by ingestd/count/segment_writer.h.
#pragma once

#include <cstdint>

#include "ingestd/parse/statsd.h"

namespace kilometric {

struct HashedLine : Line {
  uint64_t hash;       ///< of the kind and the key, if the line is `accepted`
  uint64_t cell;       ///< where a key begins in the current segment, probably this one; 0 will do
  uint64_t place = 0;  ///< what a kind's prepare() has found for its apply()
};

}  // namespace kilometric

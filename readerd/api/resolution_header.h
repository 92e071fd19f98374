// The line of an answer's head that says where it is coarser than what was asked for, as what it is made of has
// been trimmed: of how many seconds its entries are there, and between which moments that is so, in ms since
// the epoch.
//
//   Kilometric-Resolution: 3600;from=1600000000000;to=1600689599999, 60;from=1600689600000;to=1603303199999
//
// Called by the requests that read values, of each of an answer's metrics. It is left out where there is
// nothing to say.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "common/metric/kind.h"
#include "readerd/series/extents.h"
#include "readerd/series/selection.h"

namespace kilometric {

class ResolutionHeader {
 public:
  /// A metric of the answer.
  void add(Kind kind, const Selection& selection, const Extents& extents);

  /// With its line's end; or empty.
  std::string line() const;

 private:
  std::map<uint64_t, std::pair<uint64_t, uint64_t>> coarse_;  ///< seconds -> from, to
};

}  // namespace kilometric

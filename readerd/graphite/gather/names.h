// What a path of Graphite's may mean here: of which metrics which statistic, by the families of names that
// there are (name_families.h).
//
//   stats.counters.web.*.count     of the counters web.*, the sum; or of metrics with just that name
//
// Nodes may be patterns, also the one that names the statistic. Called for each path of a request.
#pragma once

#include <string>
#include <vector>

#include "common/metric/kind.h"
#include "common/metric/stat.h"
#include "readerd/graphite/consolidation.h"
#include "readerd/graphite/gather/name_families.h"
#include "readerd/graphite/gather/path.h"

namespace kilometric::graphite {

struct Meaning {
  Kind kind;
  Path keys;
  Stat stat;
  bool per_second = false;
  std::string before, behind;  ///< the key stands between them in the name that the path asks for
};

/// One list after the other is looked for, until there is a metric. None is empty.
using Meanings = std::vector<std::vector<Meaning>>;

Meanings meanings_of(const Path& path, GraphiteNames listed);

/// How values of a statistic become fewer: sums of what was counted, the greatest of upper values and so on.
Consolidation consolidation_of(const Stat& stat, bool per_second);

/// Whether a period that holds nothing has 0, rather than no value, while its metric is there.
bool is_zero_when_empty(Kind kind, const Stat& stat);

}  // namespace kilometric::graphite

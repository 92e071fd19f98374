// What a path of Graphite's may mean here: of which metrics which statistic.
//
//   web.hits                            the metric of that very name, of whatever kind
//   stats.counters.web.hits.count       as StatsD names them: what was counted; .rate is per second
//   stats_counts.web.hits, stats.web.hits                 the same by StatsD's legacy names
//   stats.timers.page.upper_90          also count, count_ps, lower, upper, sum, mean, median, std, upper_99_9
//   stats.gauges.queue, stats.sets.users.count
//   page.95percentile, page.avg         as Datadog names a timer's: also count, max, min, median, sum
//
// Nodes may be patterns, also the one that names the statistic. Called for each path of a request.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/kind.h"
#include "common/metric/stat.h"
#include "readerd/graphite/consolidation.h"
#include "readerd/graphite/gather/path.h"

namespace kilometric::graphite {

struct Meaning {
  Kind kind;
  Path keys;
  Stat stat;
  bool per_second = false;
  std::string before, behind;  ///< the key stands between them in the name that the path asks for
};

/// What StatsD's and Datadog's names mean come second: they are looked for when no metric has the very name.
struct Meanings {
  std::vector<Meaning> plain, named;
};

Meanings meanings_of(const Path& path);

/// How values of a statistic become fewer: sums of what was counted, the greatest of upper values and so on.
Consolidation consolidation_of(const Stat& stat, bool per_second);

/// Whether a period that holds nothing has 0, rather than no value, while its metric is there.
bool is_zero_when_empty(Kind kind, const Stat& stat);

}  // namespace kilometric::graphite

// The names that a metric has in Graphite's tree, family by family: what stands before its key, and behind it
// for each of its statistics.
//
//   plain     web.hits                                          the key itself, of whatever kind
//   statsd    stats.counters.web.hits.count, .rate
//   legacy    stats_counts.web.hits, stats.web.hits             the latter is per second
//   both      stats.timers.page.upper_90, stats.gauges.queue, stats.sets.users.count
//   datadog   page.95percentile, page.avg                       a timer's
//
// Tables alone: names.h says what a path means by them, listing.h which there are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/kind.h"
#include "common/metric/stat.h"
#include "common/settings/settings.h"
#include "readerd/graphite/gather/path.h"

namespace kilometric::graphite {

/// A statistic as the last node of a name has it; empty: nothing stands behind the key.
struct Ending {
  std::string_view text;
  Stat stat;
  bool per_second = false;
};

struct NameFamily {
  Kind kind;
  std::span<const std::string_view> before;  ///< nodes
  std::span<const Ending> endings;           ///< those that are listed; at least one
  std::optional<Stat> (*percentile)(std::string_view ending) = nullptr;  ///< of those that are not

  bool ends_with_key() const { return endings.front().text.empty(); }
  std::string prefix() const;  ///< "stats.counters."

  /// Whether the path's nodes are those before a key, as far as it has so many. Of a family that is not listed
  /// the first one has to be written out.
  bool begins(const Path& path, bool listed) const;
  /// Those that the node matches.
  std::vector<Ending> endings_of(const PathNode& node) const;
};

using NameFamilies = std::vector<NameFamily>;

/// The families in the order in which a path is looked for: those that are listed first, then others, as long
/// as no metric was found.
std::vector<NameFamilies> families_in_order(GraphiteNames listed);

/// Datadog's, which come last and are never listed.
NameFamilies datadog_families();

}  // namespace kilometric::graphite

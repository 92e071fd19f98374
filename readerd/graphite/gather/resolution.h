// The metrics that a path means, found in the indexes: those of the very name, of whatever kind; or else those
// that it means as StatsD or Datadog would name them (names.h). A path with tags, or a call of seriesByTag(),
// is looked for by its tags (tag_search.h).
//
// Called for each path of a request. It keeps itself alive while it waits for an answer.
#pragma once

#include <string>
#include <vector>

#include "common/uv.h"
#include "readerd/graphite/gather/names.h"
#include "readerd/graphite/tag_query.h"
#include "readerd/store/store.h"

namespace kilometric::graphite {

/// Metrics of one kind, and what of them is asked for.
struct Metrics {
  Meaning meaning;
  std::vector<std::string> keys;  ///< in the order of their bytes, at least one
};

using Resolution = std::vector<Metrics>;

/// Refused when they are more than `most`.
void resolve(Loop& loop, Store& store, const std::string& path, GraphiteNames listed, size_t most,
             const TagQuery::Steps& steps, Alive alive, Store::On<Resolution> on_resolution);

}  // namespace kilometric::graphite

// The names that stand at a path in Graphite's tree, as /metrics/find and /metrics/expand list them.
//
//   plain     web.*               ->  web.1: a branch, web.all: a leaf; of metrics of every kind
//   statsd    *                   ->  stats: a branch
//             stats.*             ->  counters, timers, gauges, sets: those that there are
//             stats.counters.web.all.*  ->  count, rate: leaves
//
// What the setting names is looked for first, and the others when nothing was found, as names.h has it for
// targets. Called for each path of such a request. It keeps itself alive while it waits for an answer.
#pragma once

#include "common/settings/settings.h"
#include "readerd/graphite/gather/path.h"
#include "readerd/graphite/gather/path_walk.h"
#include "readerd/store/store.h"

namespace kilometric::graphite {

/// Refused when there are more than `most`.
void list_names(Store& store, GraphiteNames listed, Path path, size_t most, Alive alive,
                Store::On<PathEnds> on_names);

}  // namespace kilometric::graphite

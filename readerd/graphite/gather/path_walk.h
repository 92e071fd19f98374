// The keys of an index that a path matches, and the branches above further keys: found by asking for what
// follows in the order of keys, node by node, so that what lies below a branch is not looked at.
//
//   web.*       web.            ->  web.1.hits: a branch, web.1; go on behind all that begins with web.1.
//               web.1/          ->  web.2: a leaf; go on behind it ...
//
// Series with tags have no place in the tree: they are found by their tags (tag_search.h).
//
// Called for each path of /render and /metrics/find. It keeps itself alive while it waits for an answer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/metric/kind.h"
#include "readerd/graphite/gather/path.h"
#include "readerd/store/store.h"

namespace kilometric::graphite {

/// What stands at a name: a metric, something below it, or both.
struct PathEnd {
  bool leaf = false, branch = false;
};

using PathEnds = std::map<std::string, PathEnd, std::less<>>;

enum class Wanted : uint8_t { leaves, branches_too };

/// Refused when there are more than `most`, or to find them takes more than 100,000 questions.
void walk_path(Store& store, Kind kind, Path path, Wanted wanted, size_t most, Alive alive,
               Store::On<PathEnds> on_ends);

}  // namespace kilometric::graphite

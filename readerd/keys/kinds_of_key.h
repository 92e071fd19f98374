// The kinds of a key: under one name there may be a metric of each kind, with a stream and a place in an index
// of its own.
//
// Asked by a lookup whose query leaves the kind open: of all indexes at once, so that it takes no longer than
// of one. Refused when Redis does not answer.
#pragma once

#include <string>
#include <vector>

#include "common/metric/kind.h"
#include "readerd/keys/key_index.h"
#include "readerd/store/store.h"

namespace kilometric {

/// The kinds whose index has `key`, in the order of kKinds.
void ask_kinds(KeyIndex& index, const std::string& key, const Alive& alive,
               Store::On<std::vector<Kind>> on_kinds);

}  // namespace kilometric

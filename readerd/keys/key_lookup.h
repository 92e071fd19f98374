// The keys that a query's patterns match, found in the index of keys, page after page.
//
// A key that is no pattern is taken as it is, whether the index has it or not: a stream that somebody
// else wrote may not be in it. And where a stream has the very name, with its stars and brackets, it is a
// key: the original knew no patterns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/metric/kind.h"
#include "readerd/keys/glob.h"
#include "readerd/keys/key_index.h"
#include "readerd/store/store.h"

namespace kilometric {

struct FoundKeys {
  std::vector<std::string> keys;  ///< in the order of the patterns, each key once
  bool one = false;               ///< one key was asked for, by its name
};

/// Refused when there are more keys than `most`. `on_found` may be called before this returns. Requires that
/// `globs` live until it was called, or `alive` is false.
void look_up_keys(Store& store, KeyIndex& index, Kind kind, const std::vector<Glob>& globs, size_t most,
                  Alive alive, Store::On<FoundKeys> on_found);

}  // namespace kilometric

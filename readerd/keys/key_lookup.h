// The keys that a query's patterns match, found in the index of keys, page after page; and their kind, when the
// query leaves it open.
//
// A key that is no pattern is taken as it is, whether the index has it or not: a stream that somebody
// else wrote may not be in it. And where a stream has the very name, with its stars and brackets, it is a
// key: the original knew no patterns.
//
// A query by tags wants metrics of these names that the index has, whatever their tags.
//
// All keys of an answer are of one kind. Left open, it is the first (in the order of kKinds) whose index has
// one of the keys; the counter, when none has.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/metric/glob.h"
#include "common/metric/kind.h"
#include "readerd/keys/key_index.h"
#include "readerd/keys/tag_filter.h"
#include "readerd/store/store.h"

namespace kilometric {

struct WantedKeys {
  const std::vector<Glob>& globs;    ///< at least one
  const TagFilters* tags = nullptr;  ///< nullptr: the patterns are of whole keys, see key_filter.h
};

struct FoundKeys {
  std::vector<std::string> keys;  ///< in the order of the patterns, each key once
  bool one = false;               ///< one key was asked for, by its name
  Kind kind = Kind::counter;      ///< of all of them
  bool listed = false;            ///< the index has one of them; set only if the kind was left open
  std::vector<Kind> also;         ///< other kinds of the one key; only if the kind was left open
};

/// `kind`: nullopt leaves it open. Refused when there are more keys than `most`. `on_found` may be called
/// before this returns. Requires that what is `wanted` lives until it was called, or `alive` is false.
void look_up_keys(Store& store, KeyIndex& index, std::optional<Kind> kind, const WantedKeys& wanted,
                  size_t most, Alive alive, Store::On<FoundKeys> on_found);

}  // namespace kilometric

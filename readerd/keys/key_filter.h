// Which keys of an index a query wants: those that match a pattern as a whole, or, when it asks by tags, those
// whose name matches it and whose tags pass filters.
//
// A view of what a query holds; the index of keys asks it where such keys lie, and for each of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/metric/glob.h"
#include "readerd/keys/tag_filter.h"

namespace kilometric {

struct KeyFilter {
  const Glob& glob;
  const TagFilters* tags = nullptr;  ///< nullptr: the pattern is one of whole keys

  bool matches(std::string_view key) const {
    if (tags == nullptr) return glob.matches(key);
    const TaggedKey tagged(key);
    return glob.matches(tagged.name()) && tags->match(tagged);
  }

  /// The one name whose tag sets are wanted, whatever they are.
  std::optional<std::string> name() const { return tags ? glob.literal() : std::nullopt; }
};

}  // namespace kilometric

// The metrics that a query by tags wants, found in the indexes of keys, page after page. By one name, only the
// keys of that name are looked at; names may also be those of StatsD and Datadog (names.h), when no metric has
// the very name.
//
// Pages are matched in the background, since a hostile regular expression may take long; meanwhile the next one
// is on its way. It keeps itself alive while it waits for an answer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/uv.h"
#include "readerd/graphite/gather/names.h"
#include "readerd/graphite/tag_query.h"
#include "readerd/store/store.h"

namespace kilometric::graphite {

/// Called for each key, those of one meaning together and in the order of their bytes. A refusal ends the
/// search.
using OnTaggedKey = std::function<std::optional<Refusal>(const Meaning& meaning, const std::string& key)>;

/// Calls `on_end` once, unless it is not `alive` any more. Refused when it takes more than 100,000 questions.
/// Requires that nobody else uses `query` meanwhile.
void search_tags(Loop& loop, Store& store, std::shared_ptr<TagQuery> query, Alive alive, OnTaggedKey on_key,
                 Store::On<std::monostate> on_end);

}  // namespace kilometric::graphite

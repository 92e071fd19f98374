// The ETag of an answer to `GET /read` about one key: a hash of all that decides what the answer says.
//
// Called for a closed range alone. That changes only by losing entries, which the fingerprint of its extents
// tells. The tag is weak, as the same answer may be sent compressed or not.
#pragma once

#include <string>
#include <string_view>

#include "readerd/query/query.h"
#include "readerd/series/extents.h"

namespace kilometric {

/// With its quotes: `W/"8d2c8b207486ec5c8269ddefb04ea500"`. `kind`: of the metric.
std::string etag_of(const Query& query, Kind kind, std::string_view key, const Extents& extents);

}  // namespace kilometric

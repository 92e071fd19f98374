// What queries say of tags:
//
//   tag=env:prod&tag=host:web*     of the metrics of a name those with these tags, see tag_filter.h; `*`: all
//   by=dc,host                     or by=dc&by=host: a series for each of the values that these tags have
//
// Read by the queries of /read and /keys. What is wrong is returned as words, beginning with the parameter's
// name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/http/query_string.h"
#include "readerd/keys/tag_filter.h"

namespace kilometric {

/// `alternatives`: of the query's other patterns; all of them have a limit. `filters` is set if there is any
/// `tag=`.
std::optional<std::string> read_tags(const QueryString& parameters, size_t alternatives,
                                     std::optional<TagFilters>& filters);

std::optional<std::string> read_by(const QueryString& parameters, std::vector<std::string>& by);

}  // namespace kilometric

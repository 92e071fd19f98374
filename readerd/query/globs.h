// `key=`, repeated: the metrics that a request to /read or /live is about, by name or by pattern.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/http/query_string.h"
#include "common/metric/glob.h"

namespace kilometric {

constexpr size_t kMostGlobs = 100;

/// Adds one for each `key`, at least one; or else says what is wrong.
std::optional<std::string> read_globs(const QueryString& parameters, std::vector<Glob>& globs);

/// How many patterns they are, each brace's counted.
size_t alternatives_of(const std::vector<Glob>& globs);

}  // namespace kilometric

// The answer to `GET /read`, byte for byte in the original's shape:
//
//   {"name":"visits","values":[{"from":1603303544893,"to":1603311711070,"value":78}]}   counter
//   {"name":"visits","values":[{"from":1603304940000,"value":2},...]}                   points
//   {"name":"visits","values":[]}                                                       no entries
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "readerd/buckets.h"
#include "readerd/query.h"

namespace kilometric {

/// `key` is valid UTF-8 and is written as it is, but for quotes and backslashes.
std::string to_json(std::string_view key, Query::Type type, std::span<const Bucket> buckets);

}  // namespace kilometric

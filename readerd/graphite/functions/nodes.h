// The nodes of a series' name: what stands between the dots of the path that its name is about.
//
// The functions that name and group series use it. A node that is not there is a tag, or else empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/time_series.h"

namespace kilometric::graphite {

/// The series' nodes and tags that the call's arguments from `first` on name, with dots between.
std::string nodes_of(const TimeSeries& series, const Call& call, size_t first);

/// The one that the argument at `at` names.
std::string node_of(const TimeSeries& series, const Call& call, size_t at);

std::vector<std::string> split_nodes(std::string_view path);
std::string join_nodes(const std::vector<std::string>& nodes);

}  // namespace kilometric::graphite

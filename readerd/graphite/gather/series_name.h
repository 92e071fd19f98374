// What a series is called, and the tags it has, in Graphite's form: those of its metric's key, with a
// statistic's name in the place of the metric's.
//
//   page;dc=eu, its 90th percentile  ->  stats.timers.page.upper_90;dc=eu
//
// Called for each series of an answer.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "readerd/graphite/gather/names.h"

namespace kilometric::graphite {

/// Without the tags.
std::string name_alone(const Meaning& meaning, std::string_view key);

std::string series_name(const Meaning& meaning, std::string_view key);

/// With the name as the tag `name`.
std::map<std::string, std::string> series_tags(const Meaning& meaning, std::string_view key);

}  // namespace kilometric::graphite

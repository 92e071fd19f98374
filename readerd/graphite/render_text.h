// The answer of /render, in Graphite's formats:
//
//   json   [{"target":"web.hits","tags":{"name":"web.hits"},"datapoints":[[12,1764090000],[null,1764090010]]}]
//   csv    web.hits,2025-11-25 17:00:00,12
//   raw    web.hits,1764090000,1764090020,10|12,None
//
// Written series by series by whoever answers the request.
#pragma once

#include <string>
#include <string_view>

#include "readerd/graphite/render_query.h"
#include "readerd/graphite/time_series.h"

namespace kilometric::graphite {

std::string_view content_type_of(RenderFormat format);

/// What stands before the first series and behind the last.
std::string_view head_of(RenderFormat format);
std::string_view tail_of(RenderFormat format);

/// `first`: no other series stands before it.
void append_series(std::string& text, const TimeSeries& series, const RenderQuery& query, bool first);

}  // namespace kilometric::graphite

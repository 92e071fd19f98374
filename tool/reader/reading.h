// What `read` asks of readerd, in two steps: totals, which say of which kind the metrics are, and points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/reader/reader.h"
#include "tool/reader/series.h"

namespace kilometric::tool {

/// Which metrics, of which time.
struct Selection {
  std::vector<std::string> keys, tags, by;
  bool sum = false;
  std::string kind;  ///< empty: readerd finds it
  std::string from, to;
};

struct Reading {
  std::string kind;
  std::vector<std::string> stats;
  std::vector<Series> series;
};

/// One value of each series, for the whole range. No `stats`: the usual one of the kind.
Reading read_totals(const Reader& reader, const Selection& selection, const std::vector<std::string>& stats);

/// Requires `selection.kind`. `filled`: what stays until the next value is repeated up to there.
Reading read_points(const Reader& reader, const Selection& selection, const std::vector<std::string>& stats,
                    int64_t period_ms, bool filled);

/// Of `type`: value or points.
Query read_query(const Selection& selection, std::string_view type, const std::vector<std::string>& stats);

}  // namespace kilometric::tool

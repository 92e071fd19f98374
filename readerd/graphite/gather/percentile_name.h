// The statistic that a percentile's name means, whatever percentage it has.
//
//   StatsD's    upper_90, mean_90, count_90, sum_90, sum_squares_90     of the lowest 90 % of the samples
//               upper_99_9                                              an underscore is the point
//               lower_top10, mean_top10, ...                            of the highest 10 %
//   Datadog's   95percentile
//
// Of a node that a client wrote; nullopt, when it is none.
#pragma once

#include <optional>
#include <string_view>

#include "common/metric/stat.h"

namespace kilometric::graphite {

std::optional<Stat> statsd_percentile(std::string_view node);
std::optional<Stat> datadog_percentile(std::string_view node);

}  // namespace kilometric::graphite

// How several values become one where there are more points than the answer is to have.
//
// Each series carries its way: a source gives it by the kind of the metric, consolidateBy() changes it, and the
// route applies it last. An unknown word is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kilometric::graphite {

struct TimeSeries;

enum class Consolidation : uint8_t { average, average_zero, sum, min, max, first, last };

/// Graphite's words, also with "Series" behind them, as dashboards have it.
std::optional<Consolidation> read_consolidation(std::string_view word);

/// One value for all; kNone when there is none among them.
double consolidated(Consolidation how, std::span<const double> values);

/// Makes the series at most about `most_points` long (0: leaves it), by whole numbers of values. The buckets
/// begin at multiples of the new step, so that they stay where they are when the range moves on. What lies
/// before the first whole bucket is left out as Graphite does, but for sums: there it is a bucket of its own,
/// so that the total stays the total. One point is the whole.
void consolidate(TimeSeries& series, uint64_t most_points);

}  // namespace kilometric::graphite

// How a row of values becomes one, in Graphite's words: "sum", "average", "median" and so on.
//
// The functions that combine series, windows and buckets use it. An unknown word is nullopt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "readerd/graphite/consolidation.h"

namespace kilometric::graphite {

enum class Aggregation : uint8_t {
  average,
  average_zero,
  median,
  sum,
  min,
  max,
  diff,
  stddev,
  count,
  range,
  multiply,
  last
};

/// Also "sumSeries" and the like. What a name of a series shows is the word without "Series".
std::optional<Aggregation> read_aggregation(std::string_view word);
std::string_view without_series(std::string_view word);

/// All the words, for whoever has to list them.
std::vector<std::string_view> aggregation_words();

/// What a row has come to, but for its median and its deviation: rows can be merged, the earlier first.
struct Totals {
  size_t size = 0;   ///< with those that are kNone
  size_t count = 0;  ///< without them; all below is of these
  double sum = 0;
  double product = 1;
  double first = 0;
  double last = 0;
  double min = 0;
  double max = 0;

  void add(double value);
  void add(const Totals& later);
  /// Requires that `how` is neither median nor stddev.
  double value(Aggregation how) const;
};

/// The row's value by what is not kNone; kNone when that is nothing. `multiply` alone is kNone already when one
/// is.
double aggregated(Aggregation how, std::span<const double> row);

/// As nth of a sorted row: n percent of (count + 1), rounded up, or interpolated between two. The row's kNones
/// are left out; it is reordered.
double percentile(std::vector<double>& row, double n, bool interpolates);

/// The consolidation of what was aggregated so: sums of counts remain counts. What adds up no more, as a
/// maximum of counts, is averaged; what says nothing of that keeps its own.
Consolidation consolidation_of(Aggregation how, Consolidation before);

/// The consolidation of what was made of counts, and is none.
Consolidation no_longer_a_count(Consolidation before);

}  // namespace kilometric::graphite

// Several series as rows: one value of each at the same time.
//
// The functions that combine series use it. It has no errors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "readerd/graphite/aggregation.h"
#include "readerd/graphite/time_series.h"

namespace kilometric::graphite {

/// The series by the same step, which is the least common multiple of theirs; each is consolidated in its own
/// way. The first that begins gives the start, and a shorter one has kNone behind its end. Requires one series
/// or more.
class Rows {
 public:
  explicit Rows(std::span<const TimeSeries> list);

  int64_t start() const { return start_; }
  int64_t step() const { return step_; }
  size_t size() const { return size_; }
  /// Valid until the next call.
  std::vector<double>& row(size_t at);

 private:
  std::span<const double> column(const TimeSeries& series);

  int64_t step_ = 1;
  int64_t start_ = 0;
  size_t size_ = 0;
  std::vector<std::vector<double>> coarser_;  ///< of those whose step was another one
  std::vector<std::span<const double>> columns_;
  std::vector<double> row_;
};

/// The distinct paths, with commas between.
std::string paths_of(std::span<const TimeSeries> list);

/// One series of all, with the tags that all have in common. Requires one series or more. `word` is what its
/// name and its tag aggregatedBy say.
TimeSeries aggregate(std::span<const TimeSeries> list, Aggregation how, std::string_view word,
                     double least_share = 0);

/// How many series there are, at each time. Requires one series or more.
TimeSeries counted(std::span<const TimeSeries> list);

/// A series without values, whose path and tag "name" are its name.
TimeSeries plain_series(std::string name);

/// Gives the series the time of the rows, and a value for each.
template <class Of>
void fill(TimeSeries& series, Rows rows, Of of) {
  series.start = rows.start();
  series.step = rows.step();
  series.values.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) series.values.push_back(of(rows.row(i)));
}

}  // namespace kilometric::graphite

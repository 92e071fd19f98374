// What `read` has found: totals and points of the metrics that are asked for, with the range, the periods and
// the form in which they are to be drawn.
#pragma once

#include <string>
#include <vector>

#include "tool/reader/grid.h"
#include "tool/reader/kind_view.h"
#include "tool/reader/reading.h"
#include "tool/show/terminal.h"
#include "tool/verbs/read_picture.h"

namespace kilometric::tool {

struct Found {
  Terminal terminal = Terminal::of_stdout();
  int64_t compare = 0;     ///< as it was asked for
  bool has_range = false;  ///< it was given in numbers, and not as the reader alone understands it
  Grid grid;
  const KindView* view = nullptr;
  std::vector<std::string> plotted;  ///< the statistics of the points
  PictureRequest::Form form = PictureRequest::Form::plot;
  Reading totals, points;
  Reading earlier_totals, earlier_points;  ///< of what it is compared with

  bool nothing() const { return totals.series.empty(); }

  /// Of a series the total of statistic `stat`; empty when there is none.
  std::string total(const std::string& series, size_t stat) const { return total_of(totals, series, stat); }
  std::string earlier_total(const std::string& series) const { return total_of(earlier_totals, series, 0); }
  /// "+12 %", of the first statistic.
  std::string change(const std::string& series) const;

  static std::string total_of(const Reading& totals, const std::string& series, size_t stat);
};

/// nullptr when it is not there.
const Series* series_named(const Reading& reading, const std::string& name);

/// Asks for all of it. Of what has no total there are no points.
Found find(const Reader& reader, const PictureRequest& request);

}  // namespace kilometric::tool

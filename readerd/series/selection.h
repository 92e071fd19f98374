// What is wanted of series, whoever asks: which range of time, cut into which periods, in which order.
//
// An end that was not given is where the entries begin, or end; the range then goes to the first, or the last,
// of all IDs.
#pragma once

#include "common/redis/page.h"
#include "common/redis/stream_id.h"
#include "readerd/series/period.h"

namespace kilometric {

struct Selection {
  IdRange range;
  bool from_given = false;
  bool to_given = false;
  Period period = Period::whole();
  Order order = Order::ascending;
  /// Of a gauge also what stands before the range, as a bucket that lies before it; requires periods.
  bool with_before = false;

  bool ascending() const { return order == Order::ascending; }
};

}  // namespace kilometric

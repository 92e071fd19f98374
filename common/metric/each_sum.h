// What the points of a packed hour of a counter add up to, period after period: for whoever wants fewer numbers
// than there are points. None of these becomes a number of its own.
//
// Read by the reader's series. As with each_point() (each_point.h), it is known for certain only in the end
// whether the bytes are what pack() has made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/metric/counter.h"
#include "common/metric/each_point.h"
#include "common/metric/point_columns.h"
#include "common/metric/time_column.h"

namespace kilometric {

/// Calls `use(ms, counter)` for each period that holds points, with the time of the last of them. `end_of(ms)`
/// says where the period that holds `ms` ends, and the next one begins. False as each_point() says it.
template <class EndOf, class Use>
bool each_sum(uint64_t start, std::string_view packed, EndOf end_of, Use use) {
  PackedBody body = body_of(Kind::counter, packed);
  TimeColumn times;
  CounterColumns counters;
  if (body.count == 0 || !open_columns(body, times, counters)) return false;
  while (times.left() > 0) {
    const size_t count = times.pass_before(end_of(start + times.first()) - start);
    use(start + times.last_passed(), counters.sum(count));
  }
  return times.sound() && counters.sound();
}

}  // namespace kilometric

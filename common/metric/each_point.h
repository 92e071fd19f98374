// The points of a packed hour (points.h), one after the other, for whoever keeps none of them: a year is
// millions of points.
//
// Read by the reader's series, and by unpack(). The bytes may be anybody's. Whether they are what pack() has
// made is known for certain only behind the last point: who was told that they are not forgets the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "common/metric/kind.h"
#include "common/metric/point_columns.h"
#include "common/metric/points.h"
#include "common/metric/time_column.h"

namespace kilometric {

/// What stands between the head and the sum at the end: so many points, and their columns.
struct PackedBody {
  size_t count;  ///< 0: it is not packed by this version, or damaged
  std::string_view columns;
};
PackedBody body_of(Kind kind, std::string_view packed);

/// False when the body does not consist of them.
template <class Columns>
bool open_columns(PackedBody body, TimeColumn& times, Columns& values) {
  return times.open(body.columns, body.count) && values.open(body.columns, body.count) && body.columns.empty();
}

template <class Columns, class Use>
bool each_of_columns(const PackedBody& body, uint64_t start, uint64_t step, Use& use) {
  TimeColumn times;
  Columns values;
  if (!open_columns(body, times, values)) return false;
  uint64_t least = 0;
  while (times.left() > 0) {
    const uint64_t time = times.next();
    if (step != 1 && (time < least || time % step != 0)) return false;
    least = time + step;
    use(start + time, values.next(start + time));
  }
  return times.sound() && values.sound();
}

/// Calls `use(ms, delta)` with each point; false when the hour is damaged, or of another kind, or of a version
/// that is not known, perhaps after some calls.
template <class Use>
bool each_point(Kind kind, uint64_t start, std::string_view packed, Use use) {
  const PackedBody body = body_of(kind, packed);
  if (body.count == 0) return false;
  switch (kind) {
    case Kind::counter:
      return each_of_columns<CounterColumns>(body, start, 1, use);
    case Kind::gauge:
      return each_of_columns<GaugeColumns>(body, start, 1, use);
    case Kind::timer:
      return each_of_columns<TimerColumns>(body, start, point_step(kind), use);
    case Kind::set:
      return each_of_columns<SetColumns>(body, start, point_step(kind), use);
    default:
      return false;
  }
}

}  // namespace kilometric

// The points of a closed hour, packed: what all its entries hold, in one value. A closed hour never changes.
//
//   raw entries   "1603303204893-7" count 42    "1603303214893-7" count 40   ... 360 of them, 21 bytes each
//   packed        "1603303200000-0" points 01 ...                            2 bytes each
//
// Of counters and gauges each entry is a point, with its very time and value: entries of a gauge as they were
// written, not resolved. Timers and sets have a point for each minute that holds an entry, its time the
// minute's start: what its entries add up to.
//
// The bytes are described in docs/formats/points.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/kind.h"

namespace kilometric {

struct Point {
  uint64_t ms;  ///< since the epoch
  Delta delta;
  bool operator==(const Point&) const = default;
};

/// How many points an hour may have, and how many are read of one.
inline constexpr size_t kMostPoints = 131'072;

/// The time of a point of this kind is a multiple of so many ms.
constexpr uint64_t point_step(Kind kind) noexcept {
  return kind == Kind::timer || kind == Kind::set ? 60'000 : 1;
}

/// The field of an entry that holds them.
inline constexpr std::string_view kPointsField = "points";

/// Requires 1 to kMostPoints points of `kind`, none earlier than the one before, all in the hour that begins at
/// `start`.
std::string pack(Kind kind, uint64_t start, std::span<const Point> points);

/// How many points there are, as far as the beginning of `packed` says so; at most kMostPoints.
size_t points_in(std::string_view packed);

/// nullopt when pack() cannot have made them: they are damaged, or of another kind, or of a version that is not
/// known.
std::optional<std::vector<Point>> unpack(Kind kind, uint64_t start, std::string_view packed);

}  // namespace kilometric

#include "common/metric/points.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/metric/column.h"
#include "common/metric/each_point.h"
#include "common/metric/point_columns.h"

namespace kilometric {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeadBytes = 2, kSumBytes = 4;

uint32_t sum_of(std::string_view bytes) {
  return htole32(static_cast<uint32_t>(XXH3_64bits(bytes.data(), bytes.size())));
}

void put_values(std::string& to, Kind kind, std::span<const Point> points) {
  switch (kind) {
    case Kind::gauge:
      return put_gauges(to, points);
    case Kind::timer:
      return put_timers(to, points);
    case Kind::set:
      return put_sets(to, points);
    default:
      return put_counters(to, points);
  }
}

}  // namespace

PackedBody body_of(Kind kind, std::string_view packed) {
  if (packed.size() < kHeadBytes + kSumBytes) return {};
  const std::string_view summed = packed.substr(0, packed.size() - kSumBytes);
  uint32_t sum = 0;
  std::memcpy(&sum, packed.data() + summed.size(), sizeof sum);
  const bool ours = packed[0] == kVersion && packed[1] == static_cast<char>(kind) && sum == sum_of(summed);
  std::string_view columns = summed.substr(kHeadBytes);
  uint64_t count = 0;
  if (!ours || !take_size(columns, count) || count > kMostPoints) return {};
  return {static_cast<size_t>(count), columns};
}

std::string pack(Kind kind, uint64_t start, std::span<const Point> points) {
  std::string packed{kVersion, static_cast<char>(kind)};
  put_size(packed, points.size());
  std::vector<Wide> times;
  times.reserve(points.size());
  for (const Point& point : points) times.push_back(Wide{point.ms - start});
  put_column(packed, times);
  put_values(packed, kind, points);
  const uint32_t sum = sum_of(packed);
  return packed.append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

size_t points_in(std::string_view packed) {
  uint64_t count = 0;
  packed.remove_prefix(std::min(packed.size(), kHeadBytes));
  return take_size(packed, count) ? std::min<size_t>(count, kMostPoints) : 0;
}

std::optional<std::vector<Point>> unpack(Kind kind, uint64_t start, std::string_view packed) {
  std::vector<Point> points;
  points.reserve(points_in(packed));
  const bool sound = each_point(kind, start, packed, [&](uint64_t ms, Delta&& delta) {
    points.push_back({ms, std::move(delta)});
  });
  return sound ? std::optional(std::move(points)) : std::nullopt;
}

}  // namespace kilometric

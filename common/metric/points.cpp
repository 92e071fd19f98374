#include "common/metric/points.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/metric/column.h"
#include "common/metric/point_columns.h"

namespace kilometric {
namespace {

constexpr char kVersion = 1;
constexpr uint64_t kHourMs = 3'600'000;
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

/// Whether a point may lie so many ms after the hour's start. `before`: where the one before does, -1 for none.
bool is_time(Wide after, Wide before, uint64_t step) {
  if (after < 0 || after >= Wide{kHourMs}) return false;
  return step == 1 ? after >= before : after > before && static_cast<uint64_t>(after) % step == 0;
}

template <class Columns>
std::optional<std::vector<Point>> read(std::string_view bytes, size_t count, uint64_t start, uint64_t step) {
  Column times;
  Columns values;
  if (!times.open(bytes, count) || !values.open(bytes, count) || !bytes.empty()) return std::nullopt;
  std::vector<Point> points;
  points.reserve(count);
  Wide before = -1;
  for (size_t i = 0; i < count; ++i) {
    const Wide after = times.next();
    if (!is_time(after, before, step)) return std::nullopt;
    before = after;
    const uint64_t ms = start + static_cast<uint64_t>(after);
    points.push_back({ms, values.next(ms)});
  }
  if (!times.sound() || !values.sound()) return std::nullopt;
  return points;
}

/// Nothing where it is not packed by this version, or damaged.
std::string_view body_of(Kind kind, std::string_view packed) {
  if (packed.size() < kHeadBytes + kSumBytes) return {};
  const std::string_view summed = packed.substr(0, packed.size() - kSumBytes);
  uint32_t sum = 0;
  std::memcpy(&sum, packed.data() + summed.size(), sizeof sum);
  const bool ours = packed[0] == kVersion && packed[1] == static_cast<char>(kind) && sum == sum_of(summed);
  return ours ? summed.substr(kHeadBytes) : std::string_view();
}

}  // namespace

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
  std::string_view bytes = body_of(kind, packed);
  uint64_t count = 0;
  if (!take_size(bytes, count) || count == 0 || count > kMostPoints) return std::nullopt;
  switch (kind) {
    case Kind::counter:
      return read<CounterColumns>(bytes, count, start, point_step(kind));
    case Kind::gauge:
      return read<GaugeColumns>(bytes, count, start, point_step(kind));
    case Kind::timer:
      return read<TimerColumns>(bytes, count, start, point_step(kind));
    case Kind::set:
      return read<SetColumns>(bytes, count, start, point_step(kind));
    default:
      return std::nullopt;
  }
}

}  // namespace kilometric

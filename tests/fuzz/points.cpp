// The points of a closed hour: whatever bytes an entry holds, they are refused, or are points in the order of
// their times that can be packed and unpacked again. The sum at their end is put right, as a fuzzer never
// would.
#define XXH_INLINE_ALL
#include "common/metric/points.h"

#include <xxhash.h>

#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "common/metric/each_sum.h"

using namespace kilometric;

namespace {

constexpr uint64_t kStart = 1'603'303'200'000;

std::string with_sum(std::string bytes) {
  const auto sum = static_cast<uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
  for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(sum >> shift);
  return bytes;
}

/// What counters add up to by minutes is what they do one by one.
void check_sums(std::string_view packed, const std::optional<std::vector<Point>>& points) {
  Delta expected, all;
  for (const Point& point : points.value_or(std::vector<Point>())) expected.then(point.delta);
  uint64_t before = 0;
  const bool sound = each_sum(
      kStart, packed, [](uint64_t ms) { return ms - ms % 60'000 + 60'000; },
      [&](uint64_t ms, const Counter& sum) {
        assert(ms / 60'000 > before && ms < kStart + 3'600'000);
        before = ms / 60'000;
        all.then(sum);
      });
  assert(sound == points.has_value() && (!sound || all == expected));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Kind kind = kKinds[data[1] % kKinds.size()].kind;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  bytes[1] = static_cast<char>(kind);
  bytes = with_sum(std::move(bytes));
  const auto points = unpack(kind, kStart, bytes);
  if (kind == Kind::counter) check_sums(bytes, points);
  if (!points) return 0;
  assert(!points->empty() && points->size() <= kMostPoints);
  uint64_t before = kStart;
  for (const Point& point : *points) {
    assert(point.ms >= before && point.ms < kStart + 3'600'000 && point.ms % point_step(kind) == 0);
    assert(point.delta.kind() == kind);
    before = point.ms;
  }
  if (points->size() > 2'000) return 0;  // a run of many says nothing more, and takes long
  assert(unpack(kind, kStart, pack(kind, kStart, *points)) == points);
  return 0;
}

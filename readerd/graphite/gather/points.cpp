#include "readerd/graphite/gather/points.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "common/metric/number.h"
#include "readerd/graphite/gather/series_name.h"

namespace kilometric::graphite {
namespace {

double to_double(const Number& number) {
  if (const auto* amount = std::get_if<Amount>(&number))
    return static_cast<double>(amount->whole) + static_cast<double>(amount->millionths) / kMillion;
  if (const auto* fixed = std::get_if<Fixed>(&number)) return fixed->number();
  return std::get<double>(number);
}

uint64_t ms_of(int64_t seconds) { return static_cast<uint64_t>(seconds) * 1000; }

}  // namespace

Grid::Grid(int64_t from, int64_t until, int64_t seconds, int64_t interval) : step(seconds) {
  const int64_t first = from - from % interval + interval, last = until - until % interval;
  start = first - first % step;
  count = last < first ? 0 : static_cast<size_t>((last - start) / step) + 1;
  if (last >= first && last + interval - first <= step) {
    whole = true;
    start = first;
    count = 1;
  }
  range = {{ms_of(first), 0}, {ms_of(std::max(first, last) + interval) - 1, kMostSequence}};
}

Selection Grid::selection(Kind kind) const {
  Selection selection;
  selection.range = range;
  selection.from_given = selection.to_given = true;
  selection.period = whole ? Period::whole() : Period::seconds(static_cast<uint64_t>(step));
  selection.with_before = needs_before(kind) && !whole;
  return selection;
}

Points::Points(const Meaning& meaning, const Grid& grid, int64_t last_flush)
    : meaning_(meaning), grid_(grid), last_flush_(last_flush) {}

void Points::set_extents(const Extents& extents) {
  uint64_t first = kMostMs;
  for (const StreamInfo* info : {&extents.raw, &extents.points, &extents.hour, &extents.day})
    if (info->length > 0) first = std::min(first, info->first.ms);
  first_entry_ = static_cast<int64_t>(first / 1000);
}

void Points::begin(std::string_view key) {
  series_ = {};
  series_.name = series_name(meaning_, key);
  series_.tags = series_tags(meaning_, key);
  series_.start = grid_.start;
  series_.step = grid_.step;
  series_.values.assign(grid_.count, kNone);
  series_.consolidation = consolidation_of(meaning_.stat, meaning_.per_second);
}

double Points::number(const Bucket& bucket) const {
  const auto number = bucket.delta.stat(meaning_.stat);
  if (!number) return kNone;
  const double value = to_double(*number);
  return meaning_.per_second ? value / static_cast<double>(grid_.step) : value;
}

/// What stands before the range, of a gauge, has no point of its own.
bool Points::add(const Bucket& bucket) {
  const int64_t at = static_cast<int64_t>(bucket.from / 1000) - grid_.start;
  const size_t place = grid_.whole ? 0 : static_cast<size_t>(at / grid_.step);
  if (at >= 0 && place < grid_.count) series_.values[place] = number(bucket);
  return true;
}

bool Points::end() {
  if (!is_zero_when_empty(meaning_.kind, meaning_.stat)) return true;
  int64_t at = grid_.start;
  for (double& value : series_.values) {
    if (std::isnan(value) && at + grid_.step > first_entry_ && at <= last_flush_) value = 0;
    at += grid_.step;
  }
  return true;
}

}  // namespace kilometric::graphite

#include "readerd/graphite/consolidation.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "readerd/graphite/time_series.h"

namespace kilometric::graphite {
namespace {

constexpr std::pair<std::string_view, Consolidation> kWords[] = {
    {"average", Consolidation::average},
    {"avg", Consolidation::average},
    {"avg_zero", Consolidation::average_zero},
    {"sum", Consolidation::sum},
    {"min", Consolidation::min},
    {"max", Consolidation::max},
    {"first", Consolidation::first},
    {"last", Consolidation::last},
};

double sum_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::isnan(value) ? 0 : value;
  return sum;
}

template <class Better>
double best_of(std::span<const double> values, Better better) {
  double best = kNone;
  for (const double value : values)
    if (std::isnan(best) || better(value, best)) best = std::isnan(value) ? best : value;
  return best;
}

double last_of(std::span<const double> values) {
  const auto found =
      std::find_if(values.rbegin(), values.rend(), [](double value) { return !std::isnan(value); });
  return *found;
}

double first_of(std::span<const double> values) {
  return *std::ranges::find_if(values, [](double value) { return !std::isnan(value); });
}

// Where the first bucket ends, counted in values: the buckets begin at multiples of the new step.
size_t first_bucket(const TimeSeries& series, int64_t per_bucket) {
  const int64_t wide = per_bucket * series.step;
  const int64_t phase = ((series.start - series.start % series.step) % wide + wide) % wide;
  return static_cast<size_t>((wide - phase) / series.step);
}

void put_together(TimeSeries& series, size_t per_bucket, size_t first_end) {
  std::vector<double> values;
  const std::span<const double> all = series.values;
  for (size_t from = 0, to = std::min(first_end, all.size()); from < all.size();
       from = to, to = std::min(to + per_bucket, all.size()))
    values.push_back(consolidated(series.consolidation, all.subspan(from, to - from)));
  series.values = std::move(values);
  series.step *= static_cast<int64_t>(per_bucket);
}

}  // namespace

std::optional<Consolidation> read_consolidation(std::string_view word) {
  if (word.ends_with("Series")) word.remove_suffix(6);
  for (const auto& [name, value] : kWords)
    if (name == word) return value;
  return std::nullopt;
}

double consolidated(Consolidation how, std::span<const double> values) {
  const auto count = std::ranges::count_if(values, [](double value) { return !std::isnan(value); });
  if (count == 0) return kNone;
  switch (how) {
    case Consolidation::average:
      return sum_of(values) / static_cast<double>(count);
    case Consolidation::average_zero:
      return sum_of(values) / static_cast<double>(values.size());
    case Consolidation::sum:
      return sum_of(values);
    case Consolidation::min:
      return best_of(values, [](double a, double b) { return a < b; });
    case Consolidation::max:
      return best_of(values, [](double a, double b) { return a > b; });
    case Consolidation::first:
      return first_of(values);
    case Consolidation::last:
      return last_of(values);
  }
  return kNone;
}

void consolidate(TimeSeries& series, uint64_t most_points) {
  const size_t count = series.values.size();
  if (most_points == 0 || count <= most_points) return;
  if (most_points == 1) return put_together(series, count, count);
  const size_t per_bucket = (count + most_points - 1) / most_points;
  const size_t whole = first_bucket(series, static_cast<int64_t>(per_bucket));
  const bool keeps_part = whole == per_bucket || series.consolidation == Consolidation::sum;
  const int64_t moved = static_cast<int64_t>(whole) - (keeps_part ? static_cast<int64_t>(per_bucket) : 0);
  series.start += moved * series.step;
  if (!keeps_part)
    series.values.erase(series.values.begin(), series.values.begin() + static_cast<ptrdiff_t>(whole));
  put_together(series, per_bucket, keeps_part ? whole : per_bucket);
}

}  // namespace kilometric::graphite

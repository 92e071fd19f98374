#include "readerd/graphite/aggregation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "readerd/graphite/time_series.h"

namespace kilometric::graphite {
namespace {

constexpr std::pair<std::string_view, Aggregation> kWords[] = {
    {"average", Aggregation::average},
    {"avg", Aggregation::average},
    {"avg_zero", Aggregation::average_zero},
    {"median", Aggregation::median},
    {"sum", Aggregation::sum},
    {"total", Aggregation::sum},
    {"min", Aggregation::min},
    {"max", Aggregation::max},
    {"diff", Aggregation::diff},
    {"stddev", Aggregation::stddev},
    {"count", Aggregation::count},
    {"range", Aggregation::range},
    {"rangeOf", Aggregation::range},
    {"multiply", Aggregation::multiply},
    {"last", Aggregation::last},
    {"current", Aggregation::last},
};

std::vector<double> present(std::span<const double> row) {
  std::vector<double> values;
  std::ranges::copy_if(row, std::back_inserter(values), [](double value) { return !std::isnan(value); });
  return values;
}

double median(std::span<const double> row) {
  auto values = present(row);
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double stddev(std::span<const double> row, const Totals& totals) {
  const double count = static_cast<double>(totals.count), mean = totals.sum / count;
  double squares = 0;
  for (const double value : row) squares += std::isnan(value) ? 0 : (value - mean) * (value - mean);
  return std::sqrt(squares / count);
}

}  // namespace

std::string_view without_series(std::string_view word) {
  if (word.ends_with("Series")) word.remove_suffix(6);
  return word;
}

std::optional<Aggregation> read_aggregation(std::string_view word) {
  for (const auto& [name, value] : kWords)
    if (name == without_series(word)) return value;
  return std::nullopt;
}

std::vector<std::string_view> aggregation_words() {
  std::vector<std::string_view> words;
  for (const auto& [name, value] : kWords) words.push_back(name);
  std::ranges::sort(words);
  return words;
}

void Totals::add(double value) {
  ++size;
  if (std::isnan(value)) return;
  if (count++ == 0) first = min = max = value;
  sum += value;
  product *= value;
  last = value;
  min = std::min(min, value);
  max = std::max(max, value);
}

void Totals::add(const Totals& later) {
  const size_t both = size + later.size;
  if (later.count > 0 && count == 0) {
    *this = later;
  } else if (later.count > 0) {
    count += later.count;
    sum += later.sum;
    product *= later.product;
    last = later.last;
    min = std::min(min, later.min);
    max = std::max(max, later.max);
  }
  size = both;
}

double Totals::value(Aggregation how) const {
  if (count == 0) return kNone;
  switch (how) {
    case Aggregation::average:
      return sum / static_cast<double>(count);
    case Aggregation::average_zero:
      return sum / static_cast<double>(size);
    case Aggregation::sum:
      return sum;
    case Aggregation::min:
      return min;
    case Aggregation::max:
      return max;
    case Aggregation::diff:
      return first - (sum - first);
    case Aggregation::count:
      return static_cast<double>(count);
    case Aggregation::range:
      return max - min;
    case Aggregation::multiply:
      return count == size ? product : kNone;
    case Aggregation::last:
      return last;
    case Aggregation::median:
    case Aggregation::stddev:
      break;
  }
  return kNone;
}

double aggregated(Aggregation how, std::span<const double> row) {
  Totals totals;
  for (const double value : row) totals.add(value);
  if (totals.count == 0) return kNone;
  if (how == Aggregation::median) return median(row);
  if (how == Aggregation::stddev) return stddev(row, totals);
  return totals.value(how);
}

double percentile(std::vector<double>& row, double n, bool interpolates) {
  std::erase_if(row, [](double value) { return std::isnan(value); });
  if (row.empty()) return kNone;
  std::ranges::sort(row);
  const double count = static_cast<double>(row.size());
  const double wanted = std::clamp(n / 100 * (count + 1), 0.0, count + 1);
  double rank = std::floor(wanted);
  const double fraction = wanted - rank;
  if (!interpolates) rank = std::ceil(wanted);
  const size_t at = static_cast<size_t>(std::clamp(rank, 1.0, count)) - 1;
  if (!interpolates || rank < 1 || rank >= count) return row[at];
  return row[at] + fraction * (row[at + 1] - row[at]);
}

Consolidation no_longer_a_count(Consolidation before) {
  return before == Consolidation::sum ? Consolidation::average : before;
}

Consolidation consolidation_of(Aggregation how, Consolidation before) {
  switch (how) {
    case Aggregation::sum:
    case Aggregation::diff:
    case Aggregation::average:
    case Aggregation::average_zero:
      return before;
    case Aggregation::min:
    case Aggregation::max:
    case Aggregation::last:
    case Aggregation::median:
      return no_longer_a_count(before);
    default:
      return Consolidation::average;
  }
}

}  // namespace kilometric::graphite

#include "tool/reader/grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kilometric::tool {

int64_t Grid::period_for(int64_t span, size_t slots) {
  constexpr int64_t kRound[] = {10,    15,    20,    30,     60,     120,    300,    600,    900,     1'200,
                                1'800, 3'600, 7'200, 10'800, 14'400, 21'600, 43'200, 86'400, 172'800, 604'800};
  const auto fits = [&](int64_t s) {
    return span / (s * 1000) + 2 <= static_cast<int64_t>(std::max<size_t>(slots, 3));
  };
  for (const int64_t s : kRound)
    if (fits(s)) return s * 1000;
  constexpr int64_t kWeek = 604'800, kMost = 31'536'000;
  int64_t weeks = 1;
  while (!fits(weeks * kWeek) && (weeks + 1) * kWeek <= kMost) ++weeks;
  return weeks * kWeek * 1000;
}

std::vector<double> Grid::lay(const Series& series, size_t stat, bool filled) const {
  std::vector<double> values(periods(), filled ? 0 : std::numeric_limits<double>::quiet_NaN());
  for (const Point& point : series.points) {
    if (point.from < begin() || stat >= point.values.size()) continue;
    const auto at = static_cast<size_t>((point.from - begin()) / period);
    const double value = to_double(point.values[stat]);
    if (at < values.size() && std::isfinite(value)) values[at] = value;
  }
  return values;
}

std::vector<double> joined(std::vector<double> values) {
  std::vector<size_t> there, apart;
  for (size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i])) there.push_back(i);
  for (size_t i = 1; i < there.size(); ++i) apart.push_back(there[i] - there[i - 1]);
  if (apart.empty()) return values;
  std::vector<size_t> sorted = apart;
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<ptrdiff_t>(sorted.size() / 2));
  const size_t usual = sorted[sorted.size() / 2];
  for (size_t i = 0; i < apart.size(); ++i) {
    if (apart[i] > usual * 5 / 2) continue;
    const double first = values[there[i]],
                 step = (values[there[i + 1]] - first) / static_cast<double>(apart[i]);
    for (size_t at = 1; at < apart[i]; ++at) values[there[i] + at] = first + step * static_cast<double>(at);
  }
  return values;
}

std::vector<double> squeezed(const std::vector<double>& values, size_t most) {
  if (values.size() <= most || most == 0) return values;
  std::vector<double> kept(most, std::numeric_limits<double>::quiet_NaN());
  for (size_t i = 0; i < values.size(); ++i) {
    double& at = kept[i * most / values.size()];
    at = std::isfinite(at) ? std::fmax(at, values[i]) : values[i];
  }
  return kept;
}

}  // namespace kilometric::tool

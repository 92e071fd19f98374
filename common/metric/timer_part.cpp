#include "common/metric/timer_part.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "common/metric/timer.h"

namespace kilometric {
namespace {

double count_of(const Timings& timer, double share) noexcept {
  return std::max(1.0, std::floor(share * timer.count.number() + 0.5));
}

struct Taken {
  double samples = 0, sum = 0, squares = 0, edge = 0;
};

/// From `bin` on, until there are as many samples.
template <class Bin>
Taken take(const Timings& timer, Bin bin, Bin end, double samples) noexcept {
  Taken taken;
  for (; bin != end && taken.samples < samples; ++bin) {
    const double some = std::min(static_cast<double>(bin->parts) / Bins::kWhole, samples - taken.samples);
    taken.edge = std::clamp(value_of_bin(bin->number), timer.min, timer.max);
    taken.samples += some;
    taken.sum += some * taken.edge;
    taken.squares += some * taken.edge * taken.edge;
  }
  return taken;
}

}  // namespace

bool is_all(const Timings& timer, double share) noexcept {
  return count_of(timer, share) >= timer.count.number();
}

TimerPart part_of(const Timings& timer, Stat::Part part, double share) noexcept {
  const bool lowest = part == Stat::Part::lowest;
  const double count = count_of(timer, share), all = timer.sum.number() / timer.count.number();
  const auto begin = timer.bins.begin(), end = timer.bins.end();
  const Taken taken = lowest ? take(timer, begin, end, count)
                             : take(timer, std::reverse_iterator(end), std::reverse_iterator(begin), count);
  const double mean = taken.sum / taken.samples;
  return {static_cast<int64_t>(count), lowest ? std::min(mean, all) : std::max(mean, all),
          std::min(taken.squares / taken.samples * count, timer.sq), taken.edge};
}

}  // namespace kilometric

#include "readerd/graphite/functions/sliding.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "readerd/graphite/time_series.h"

namespace kilometric::graphite {
namespace {

// Mean and squares about it, so that nothing cancels out.
struct Spread {
  size_t count = 0;
  double mean = 0;
  double squares = 0;

  void add(double value) {
    if (std::isnan(value)) return;
    add(Spread{1, value, 0});
  }
  void add(const Spread& other) {
    if (other.count == 0) return;
    const double a = static_cast<double>(count), b = static_cast<double>(other.count);
    const double apart = other.mean - mean;
    count += other.count;
    mean += apart * b / (a + b);
    squares += other.squares + apart * apart * a * b / (a + b);
  }
  double deviation() const { return std::sqrt(squares / static_cast<double>(count)); }
};

// Every window is the end of one block of `width` values and the beginning of the next.
template <class Sum, class Emit>
void for_each_window(std::span<const double> values, size_t width, Emit emit) {
  std::vector<Sum> ends(width);  // of the block before: from each place to its end
  for (size_t block = 0; block < values.size(); block += width) {
    const auto here = values.subspan(block, std::min(width, values.size() - block));
    Sum beginning;
    for (size_t i = 0; i < here.size(); ++i) {
      beginning.add(here[i]);
      if (block + i + 1 < width) continue;
      Sum window = i + 1 < width ? ends[i + 1] : Sum();
      window.add(beginning);
      emit(window);
    }
    if (here.size() < width) return;
    for (size_t i = width; i-- > 0;) {
      ends[i] = Sum();
      ends[i].add(here[i]);
      if (i + 1 < width) ends[i].add(ends[i + 1]);
    }
  }
}

// How many of each rank are in the window; the nth is found by halving.
class RankedWindow {
 public:
  explicit RankedWindow(std::span<const double> values) {
    std::ranges::copy_if(values, std::back_inserter(sorted_), [](double value) { return !std::isnan(value); });
    std::ranges::sort(sorted_);
    sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
    sums_.assign(std::bit_ceil(sorted_.size() + 1), 0);
  }

  void add(double value) { change(value, 1); }
  void remove(double value) { change(value, -1); }
  size_t count() const { return count_; }

  double median() const {
    const double upper = nth(count_ / 2);
    return count_ % 2 == 1 ? upper : (nth(count_ / 2 - 1) + upper) / 2;
  }

 private:
  void change(double value, int by) {
    if (std::isnan(value)) return;
    count_ += static_cast<size_t>(by);
    const auto rank = std::ranges::lower_bound(sorted_, value) - sorted_.begin();
    for (size_t i = static_cast<size_t>(rank) + 1; i < sums_.size(); i += i & (~i + 1)) sums_[i] += by;
  }

  double nth(size_t n) const {
    size_t at = 0;
    auto left = static_cast<ptrdiff_t>(n);
    for (size_t half = sums_.size() / 2; half > 0; half /= 2)
      if (sums_[at + half] <= left) left -= sums_[at += half];
    return sorted_[at];
  }

  std::vector<double> sorted_;
  std::vector<ptrdiff_t> sums_;
  size_t count_ = 0;
};

std::vector<double> medians(std::span<const double> values, size_t width, size_t least) {
  std::vector<double> result;
  RankedWindow window(values);
  for (size_t i = 0; i < values.size(); ++i) {
    window.add(values[i]);
    if (i >= width) window.remove(values[i - width]);
    if (i + 1 >= width) result.push_back(window.count() >= least ? window.median() : kNone);
  }
  return result;
}

}  // namespace

std::vector<double> slide(std::span<const double> values, size_t width, Aggregation how, double least_share) {
  const double share = std::ceil(least_share * static_cast<double>(width) - 1e-9);
  const auto least = static_cast<size_t>(std::clamp(share, 1.0, static_cast<double>(width) + 1));
  std::vector<double> result;
  if (values.size() < width) return result;
  if (how == Aggregation::median) return medians(values, width, least);
  result.reserve(values.size() - width + 1);
  if (how == Aggregation::stddev) {
    for_each_window<Spread>(values, width, [&](const Spread& window) {
      result.push_back(window.count >= least ? window.deviation() : kNone);
    });
    return result;
  }
  for_each_window<Totals>(values, width, [&](Totals& window) {
    window.size = window.count;
    result.push_back(window.count >= least ? window.value(how) : kNone);
  });
  return result;
}

}  // namespace kilometric::graphite

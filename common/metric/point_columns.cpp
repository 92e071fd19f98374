#include "common/metric/point_columns.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "common/metric/bins_code.h"
#include "common/varint.h"

namespace kilometric {
namespace {

constexpr char kInMillionths = 0, kInBits = 1;
constexpr double kMostInMillionths = 9e12;  ///< times a million it is below 2^63

/// A column of what `number_of(point)` gives of each.
template <class NumberOf>
void put_each(std::string& to, std::span<const Point> points, NumberOf number_of) {
  std::vector<Wide> numbers;
  numbers.reserve(points.size());
  for (const Point& point : points) numbers.push_back(number_of(point));
  put_column(to, numbers);
}

int64_t millionths_of(double number) { return std::llround(number * kMillion); }
double of_millionths(int64_t millionths) { return static_cast<double>(millionths) / kMillion; }

bool is_in_millionths(double number) {
  return std::fabs(number) < kMostInMillionths &&
         std::bit_cast<uint64_t>(of_millionths(millionths_of(number))) == std::bit_cast<uint64_t>(number);
}

template <class NumberOf>
void put_doubles(std::string& to, std::span<const Point> points, NumberOf number_of) {
  const bool short_ones =
      std::ranges::all_of(points, [&](const Point& point) { return is_in_millionths(number_of(point)); });
  to += short_ones ? kInMillionths : kInBits;
  put_each(to, points, [&](const Point& point) -> Wide {
    const double number = number_of(point);
    return short_ones ? Wide{millionths_of(number)} : Wide{std::bit_cast<uint64_t>(number)};
  });
}

void put_texts(std::string& to, const std::vector<std::string>& texts) {
  std::vector<Wide> sizes;
  std::string all;
  for (const std::string& text : texts) {
    sizes.push_back(static_cast<Wide>(text.size()));
    all += text;
  }
  put_column(to, sizes);
  put_size(to, all.size());
  to += all;
}

/// What min, max and sum of a gauge are near: its value as it was set.
Fixed reference_of(const Gauge& gauge) { return gauge.sets() ? gauge.last - gauge.all : Fixed{}; }

Fixed times(const Fixed& value, uint64_t count) {
  return {static_cast<Wide>(static_cast<UnsignedWide>(value.units) * count)};
}

}  // namespace

void put_counters(std::string& to, std::span<const Point> points) {
  put_each(to, points, [](const Point& point) { return Wide{point.delta.counter().count.whole}; });
  put_each(to, points, [](const Point& point) { return Wide{point.delta.counter().count.millionths}; });
}

void put_gauges(std::string& to, std::span<const Point> points) {
  const auto put = [&](auto number_of) {
    put_each(to, points, [&](const Point& point) { return number_of(point.delta.gauge()); });
  };
  put([](const Gauge& gauge) { return Wide{gauge.count}; });
  put_each(to, points, [](const Point& point) { return Wide{point.ms} - Wide{point.delta.gauge().at}; });
  put([](const Gauge& gauge) { return gauge.last.units; });
  put([](const Gauge& gauge) { return gauge.all.units; });
  put([](const Gauge& gauge) { return (gauge.min - reference_of(gauge)).units; });
  put([](const Gauge& gauge) { return (gauge.max - reference_of(gauge)).units; });
  put([](const Gauge& gauge) { return (gauge.sum - times(reference_of(gauge), gauge.count)).units; });
}

bool GaugeColumns::open(std::string_view& bytes, size_t count) {
  for (Column* const column : {&count_, &age_, &last_, &all_, &min_, &max_, &sum_})
    if (!column->open(bytes, count)) return false;
  return true;
}

Delta GaugeColumns::next(uint64_t ms) {
  Gauge gauge;
  gauge.count = static_cast<uint64_t>(count_.next());
  gauge.at = ms - static_cast<uint64_t>(age_.next());
  gauge.last = {last_.next()};
  gauge.all = {all_.next()};
  const Fixed reference = reference_of(gauge);
  gauge.min = reference + Fixed{min_.next()};
  gauge.max = reference + Fixed{max_.next()};
  gauge.sum = times(reference, gauge.count) + Fixed{sum_.next()};
  return gauge;
}

bool GaugeColumns::sound() const {
  return std::ranges::all_of(
      std::initializer_list<const Column*>{&count_, &age_, &last_, &all_, &min_, &max_, &sum_}, &Column::sound);
}

bool DoubleColumn::open(std::string_view& bytes, size_t count) {
  if (bytes.empty() || (bytes.front() != kInMillionths && bytes.front() != kInBits)) return false;
  bits_ = bytes.front() == kInBits;
  bytes.remove_prefix(1);
  return numbers_.open(bytes, count);
}

double DoubleColumn::next() {
  const Wide number = numbers_.next();
  return bits_ ? std::bit_cast<double>(static_cast<uint64_t>(number))
               : of_millionths(static_cast<int64_t>(number));
}

bool TextColumn::open(std::string_view& bytes, size_t count) {
  uint64_t size = 0;
  if (!sizes_.open(bytes, count) || !take_size(bytes, size) || size > bytes.size()) return false;
  bytes_ = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

std::string_view TextColumn::next() {
  const Wide size = sizes_.next();
  if (size < 0 || size > static_cast<Wide>(bytes_.size())) return sound_ = false, std::string_view();
  const std::string_view text = bytes_.substr(0, static_cast<size_t>(size));
  bytes_.remove_prefix(text.size());
  return text;
}

void put_timers(std::string& to, std::span<const Point> points) {
  put_each(to, points, [](const Point& point) { return Wide{point.delta.timer().count.whole}; });
  put_each(to, points, [](const Point& point) { return Wide{point.delta.timer().count.millionths}; });
  put_each(to, points, [](const Point& point) { return point.delta.timer().sum.units; });
  put_doubles(to, points, [](const Point& point) { return point.delta.timer().sq; });
  put_doubles(to, points, [](const Point& point) { return point.delta.timer().min; });
  put_doubles(to, points, [](const Point& point) { return point.delta.timer().max; });
  std::vector<std::string> bins;
  for (const Point& point : points) bins.push_back(encode(point.delta.timer().bins));
  put_texts(to, bins);
}

bool TimerColumns::open(std::string_view& bytes, size_t count) {
  return whole_.open(bytes, count) && millionths_.open(bytes, count) && sum_.open(bytes, count) &&
         sq_.open(bytes, count) && min_.open(bytes, count) && max_.open(bytes, count) &&
         bins_.open(bytes, count);
}

Delta TimerColumns::next(uint64_t) {
  Timings timer;
  timer.count.whole = static_cast<int64_t>(whole_.next());
  timer.count.millionths = static_cast<int64_t>(millionths_.next());
  timer.sum = {sum_.next()};
  timer.sq = sq_.next();
  timer.min = min_.next();
  timer.max = max_.next();
  auto bins = decode_bins(bins_.next());
  if (bins) timer.bins = *std::move(bins);
  sound_ = sound_ && bins && timer.is_sound();
  return timer;
}

bool TimerColumns::sound() const {
  return sound_ && whole_.sound() && millionths_.sound() && sum_.sound() && sq_.sound() && min_.sound() &&
         max_.sound() && bins_.sound();
}

void put_sets(std::string& to, std::span<const Point> points) {
  std::vector<std::string> codes;
  for (const Point& point : points) codes.push_back(point.delta.set().encode());
  put_texts(to, codes);
}

Delta SetColumns::next(uint64_t) {
  auto set = Set::decode(codes_.next());
  sound_ = sound_ && set;
  return set ? *std::move(set) : Set();
}

}  // namespace kilometric

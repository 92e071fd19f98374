#include "common/metric/timer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "common/metric/timer_part.h"

namespace kilometric {
namespace {

/// Never infinite.
double add_up(double one, double other) noexcept {
  return std::min(one + other, std::numeric_limits<double>::max());
}

template <class T>
std::byte* put_as_it_is(std::byte* at, const T& value) noexcept {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

template <class T>
const std::byte* get_as_it_is(const std::byte* at, T& value) noexcept {
  std::memcpy(&value, at, sizeof value);
  return at + sizeof value;
}

}  // namespace

void Timings::add(const TimerSample& sample) {
  min = bins.empty() ? sample.value : std::min(min, sample.value);
  max = bins.empty() ? sample.value : std::max(max, sample.value);
  count += sample.weight;
  sum += sample.weighted;
  sq = add_up(sq, sample.value * sample.value * sample.weight.number());
  bins.add(bin_of(sample.value), sample.parts);
}

void Timings::merge(const Timings& other) {
  if (other.bins.empty()) return;
  min = bins.empty() ? other.min : std::min(min, other.min);
  max = bins.empty() ? other.max : std::max(max, other.max);
  count += other.count;
  sum += other.sum;
  sq = add_up(sq, other.sq);
  bins.merge(other.bins);
}

std::optional<Number> Timings::stat(const Stat& stat) const {
  if (stat.part != Stat::Part::all && !is_all(*this, stat.quantile)) return stat_of_part(stat);
  switch (stat.of) {
    case Stat::Of::count:
    case Stat::Of::rate:
      return count;
    case Stat::Of::sum:
      return sum;
    default:
      break;
  }
  if (bins.empty()) return std::nullopt;
  switch (stat.of) {
    case Stat::Of::min:
      return min;
    case Stat::Of::max:
      return max;
    case Stat::Of::mean:
      return mean();
    case Stat::Of::stddev:
      return deviation();
    case Stat::Of::squares:
      return sq;
    case Stat::Of::quantile:
      return quantile(stat.quantile);
    default:
      return std::nullopt;
  }
}

std::optional<Number> Timings::stat_of_part(const Stat& stat) const {
  const TimerPart part = part_of(*this, stat.part, stat.quantile);
  switch (stat.of) {
    case Stat::Of::count:
      return Amount{part.count, 0};
    case Stat::Of::sum:
      return part.mean * static_cast<double>(part.count);
    case Stat::Of::mean:
      return part.mean;
    case Stat::Of::squares:
      return part.squares;
    case Stat::Of::min:
    case Stat::Of::max:
      return part.edge;
    default:
      return std::nullopt;
  }
}

/// Within the extremes, whatever the weights were rounded to.
double Timings::mean() const noexcept {
  const double samples = count.number();
  return samples > 0 ? std::clamp(sum.number() / samples, min, max) : min;
}

/// Of all samples, not of a population that they are drawn from. No more than half of their range, which says
/// more than the squares do when values are large and close to each other.
double Timings::deviation() const noexcept {
  const double samples = count.number();
  if (samples <= 0) return 0;
  const double variance = sq / samples - mean() * mean();
  return std::min(std::sqrt(std::max(variance, 0.0)), (max - min) / 2);
}

double Timings::quantile(double quantile) const noexcept {
  if (quantile <= 0) return min;
  if (quantile >= 1) return max;
  return std::clamp(value_of_bin(bins.bin_at(quantile)), min, max);
}

bool Timings::is_sound() const noexcept {
  if (bins.empty()) return *this == Timings{};
  return std::isfinite(min) && std::isfinite(max) && std::isfinite(sq) && min <= max && sq >= 0;
}

std::optional<Timings> Timings::parse(const Texts& texts) {
  if (!texts.count || !texts.sum || !texts.min || !texts.max || !texts.sq || !texts.bins) return std::nullopt;
  const auto count = parse_amount(*texts.count);
  const auto sum = parse_fixed(*texts.sum);
  const auto sq = parse_double(*texts.sq), min = parse_double(*texts.min), max = parse_double(*texts.max);
  auto bins = decode_bins(*texts.bins);
  if (!count || !sum || !sq || !min || !max || !bins) return std::nullopt;
  Timings timer{*count, *sum, *sq, *min, *max, *std::move(bins)};
  return timer.is_sound() ? std::optional(std::move(timer)) : std::nullopt;
}

std::byte* Timings::put(std::byte* at) const {
  at = put_signed_varint(put_signed_varint(at, count.whole), count.millionths);
  at = put_as_it_is(at, sum.units);
  at = put_as_it_is(put_as_it_is(put_as_it_is(at, sq), min), max);
  const std::string code = encode(bins);
  at = put_varint(at, code.size());
  std::memcpy(at, code.data(), code.size());
  return at + code.size();
}

const std::byte* Timings::get_sums(const std::byte* at, const std::byte* end, Timings& timer,
                                   std::string_view& code) noexcept {
  at = get_signed_varint(at, end, timer.count.whole);
  if (at != nullptr) at = get_signed_varint(at, end, timer.count.millionths);
  if (at == nullptr || end - at < ptrdiff_t{sizeof timer.sum.units + 3 * sizeof(double)}) return nullptr;
  at = get_as_it_is(at, timer.sum.units);
  at = get_as_it_is(get_as_it_is(get_as_it_is(at, timer.sq), timer.min), timer.max);
  uint64_t bytes = 0;
  at = get_varint(at, end, bytes);
  if (at == nullptr || bytes > static_cast<uint64_t>(end - at)) return nullptr;
  code = {reinterpret_cast<const char*>(at), static_cast<size_t>(bytes)};
  return at + bytes;
}

const std::byte* Timings::get(const std::byte* at, const std::byte* end, Timings& timer) {
  std::string_view code;
  at = get_sums(at, end, timer, code);
  auto bins = at == nullptr ? std::nullopt : decode_bins(code);
  if (!bins) return nullptr;
  timer.bins = *std::move(bins);
  return timer.is_sound() ? at : nullptr;
}

}  // namespace kilometric

#include "common/metric/gauge.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace kilometric {
namespace {

// What follows in a batch:
constexpr unsigned kSets = 1;    ///< last, and, unless kOneSet, min, max, sum and count
constexpr unsigned kAdds = 2;    ///< all
constexpr unsigned kOneSet = 4;  ///< with kSets: only one value was set, which `last` tells

/// Digits only.
bool read_digits(std::string_view text, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_fixed(std::string_view text, Fixed& fixed) {
  const auto parsed = parse_fixed(text);
  if (parsed) fixed = *parsed;
  return parsed.has_value();
}

}  // namespace

void Gauge::merge(const Gauge& other) noexcept {
  const bool theirs = other.sets() && (!sets() || std::pair(other.at, other.base()) > std::pair(at, base()));
  const Fixed set = theirs ? other.base() : base();
  if (theirs)
    at = other.at;
  else if (!sets())
    at = std::max(at, other.at);
  all += other.all;
  take_values_of(other);
  if (sets()) last = set + all;
}

void Gauge::then(const Gauge& later) noexcept {
  if (later.sets() && (!sets() || later.at >= at)) {
    last = later.last;
    at = later.at;
  } else if (sets()) {
    last += later.all;
  } else {
    at = std::max(at, later.at);
  }
  all += later.all;
  take_values_of(later);
}

void Gauge::resolve(const Gauge& before, uint64_t latest) noexcept {
  at = std::min(at, latest);
  if (!sets() || at < before.at) {
    last = before.last + all;
    at = before.at;
  }
  if (!sets() || all != Fixed{}) take_value(last);
  all = {};
}

void Gauge::unite(const Gauge& other) noexcept {
  last += other.last;
  sum = mean() + other.mean();
  count = 1;
  min = max = last;
  at = std::max(at, other.at);
}

std::optional<Number> Gauge::stat(const Stat& stat) const {
  switch (stat.of) {
    case Stat::Of::last:
      return last;
    case Stat::Of::min:
      return min;
    case Stat::Of::max:
      return max;
    case Stat::Of::mean:
      return mean();
    default:
      return std::nullopt;
  }
}

/// Rounded to the last place, away from zero.
Fixed Gauge::mean() const noexcept {
  if (count == 0) return {};
  const auto divisor = static_cast<Wide>(count);
  const Wide quotient = sum.units / divisor, rest = sum.units % divisor;
  const Wide doubled = 2 * (rest < 0 ? -rest : rest);
  return {doubled < divisor ? quotient : quotient + (rest < 0 ? -1 : 1)};
}

void Gauge::take_values_of(const Gauge& other) noexcept {
  if (!other.sets()) return;
  min = sets() ? std::min(min, other.min) : other.min;
  max = sets() ? std::max(max, other.max) : other.max;
  sum += other.sum;
  count = saturated_sum(count, other.count);
}

std::optional<Gauge> Gauge::of_text(const Texts& texts) {
  Gauge gauge;
  const bool sets = texts.last || texts.min || texts.max || texts.sum || texts.count;
  if (!texts.at || !read_digits(*texts.at, gauge.at) || (!sets && !texts.add)) return std::nullopt;
  if (texts.add && !read_fixed(*texts.add, gauge.all)) return std::nullopt;
  if (!sets) return gauge;
  if (!texts.last || !texts.min || !texts.max || !texts.sum || !texts.count) return std::nullopt;
  const bool read = read_fixed(*texts.last, gauge.last) && read_fixed(*texts.min, gauge.min) &&
                    read_fixed(*texts.max, gauge.max) && read_fixed(*texts.sum, gauge.sum) &&
                    read_digits(*texts.count, gauge.count) && gauge.count > 0;
  return read ? std::optional(gauge) : std::nullopt;
}

bool Gauge::is_one_set() const noexcept {
  const Fixed value = base();
  return count == 1 && min == value && max == value && sum == value;
}

std::byte* Gauge::put(std::byte* to) const noexcept {
  const bool adds = all != Fixed{}, one = is_one_set();
  *to++ = static_cast<std::byte>((sets() ? kSets : 0) | (adds ? kAdds : 0) | (one ? kOneSet : 0));
  to = put_varint(to, at);
  if (sets()) to = put_fixed(to, last);
  if (adds) to = put_fixed(to, all);
  if (!sets() || one) return to;
  for (const Fixed& value : {min, max, sum}) to = put_fixed(to, value);
  return put_varint(to, count);
}

const std::byte* Gauge::get(const std::byte* from, const std::byte* end, Gauge& gauge) noexcept {
  gauge = {};
  if (from == end) return nullptr;
  const auto flags = static_cast<unsigned>(*from++);
  if (flags > (kSets | kAdds | kOneSet) || (flags & (kSets | kOneSet)) == kOneSet) return nullptr;
  from = get_varint(from, end, gauge.at);
  if (from != nullptr && (flags & kSets) != 0) from = get_fixed(from, end, gauge.last);
  if (from != nullptr && (flags & kAdds) != 0) from = get_fixed(from, end, gauge.all);
  if (from == nullptr || (flags & kSets) == 0) return from;
  if ((flags & kOneSet) != 0) {
    gauge.take_value(gauge.base());
    return from;
  }
  for (Fixed* value : {&gauge.min, &gauge.max, &gauge.sum})
    if (from != nullptr) from = get_fixed(from, end, *value);
  if (from != nullptr) from = get_varint(from, end, gauge.count);
  return gauge.count > 0 ? from : nullptr;
}

}  // namespace kilometric

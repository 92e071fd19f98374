// The counter: samples add up, and so do intervals, hours, hosts and metrics.
//
//   sample    visits:3|c, visits:0.5|c, visits:1|c|@0.1      weight and value are one number: value / rate
//   entry     count 13.5
//
// The sum wraps at 2^63, as both its parts do, see Amount.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/metric/amount.h"
#include "common/metric/number.h"
#include "common/metric/stat.h"
#include "common/varint.h"

namespace kilometric {

struct Counter {
  Amount count;

  void merge(const Counter& other) noexcept { count += other.count; }
  void then(const Counter& later) noexcept { merge(later); }
  bool says_nothing() const noexcept { return count.zero(); }
  std::optional<Number> stat(const Stat&) const { return count; }  // its sum, whatever it is called
  Amount events() const noexcept { return count; }

  /// In a stream's entry: one field.
  static constexpr std::string_view kField = "count";
  template <class Visit>
  void fields(Visit visit) const {
    visit(kField, to_text(count));
  }
  template <class Find>
  static std::optional<Counter> parse(Find find) {
    const std::optional<std::string_view> text = find(kField);
    const std::optional<Amount> count = text ? parse_amount(*text) : std::nullopt;
    return count ? std::optional(Counter{*count}) : std::nullopt;
  }

  /// In a batch: the whole part and the millionths, as signed varints; 42 is 54 00.
  static constexpr size_t kMostBytes = 2 * kMostVarintBytes;
  std::byte* put(std::byte* at) const noexcept {
    return put_signed_varint(put_signed_varint(at, count.whole), count.millionths);
  }
  static const std::byte* get(const std::byte* at, const std::byte* end, Counter& counter) noexcept {
    at = get_signed_varint(at, end, counter.count.whole);
    return at == nullptr ? nullptr : get_signed_varint(at, end, counter.count.millionths);
  }

  bool operator==(const Counter&) const = default;
};

}  // namespace kilometric

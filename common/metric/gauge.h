// The gauge: a value that is set, or added to.
//
//   sample    queue:42|g sets; queue:+3|g and queue:-3|g add      GaugeSample, applied to a cell at a time
//   entry     last 45 at 1603303541000 min 42 max 42 sum 42 count 1 add 3
//             when nothing was set: add 3 at 1603303541000
//
// `last` is the value at the interval's end, as far as the interval knows; `at` is when it was set, or last
// added to when nothing was set: ms since the epoch by Redis' clock (in a cell since boot). min, max, sum and
// count are of the values that were set. `add` is what was added since, by whom ever: it counts on its own when
// the set turns out to be older than one that is known.
//
//   merge   the newest set wins, of two at the same ms the greater; all that was added is added to it
//   then    a set that is not older than ours wins; of an older one, as of none, what it adds is added to ours
//
// An entry says how the value changed. What the value was, is known when the entries are resolved in the order
// of their IDs, see resolve(): a resolved one sets and adds nothing. Tiers hold resolved ones. Of then() there
// are only resolved ones in a bucket, and only unresolved ones in a batch.
//
// The order of adds and sets within an interval is kept within a worker, and nobody's promise beyond it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/metric/amount.h"
#include "common/metric/fixed.h"
#include "common/metric/number.h"
#include "common/metric/stat.h"
#include "common/varint.h"

namespace kilometric {

struct GaugeSample {
  Fixed value;
  bool adds;
};

/// The fields are in the order in which a segment holds them (ingestd/count/gauge_cell.h).
struct Gauge {
  Fixed last, all;  ///< all: what was added
  uint64_t at = 0;
  uint64_t count = 0;
  Fixed sum, min, max;

  bool sets() const noexcept { return count > 0; }

  /// `at_ms`: of a set when it was, and not 0; of what adds, now. A set that is older than the last one is no
  /// new value.
  void apply(const GaugeSample& sample, uint64_t at_ms) noexcept;
  void merge(const Gauge& other) noexcept;
  void then(const Gauge& later) noexcept;
  bool says_nothing() const noexcept { return !sets() && at == 0 && all == Fixed{}; }

  /// Makes it a set of what the value was. `before`: the value before it, resolved, or a gauge that says
  /// nothing. `latest`: a set that says it is newer, by a clock that was wrong, is as old
  /// as that. What is added is, for min, max, sum and count, a value of its own.
  void resolve(const Gauge& before, uint64_t latest) noexcept;

  /// Adds a gauge of another series: their last values add up, and their means. min and max of a sum are not
  /// known: they are the last value. Requires that both are resolved.
  void unite(const Gauge& other) noexcept;

  /// `by`: ms from the clock of `at` to another.
  void shift_times(int64_t by) noexcept {
    if (!says_nothing()) at += static_cast<uint64_t>(by);
  }

  /// Requires that it is resolved. nullopt for what is no statistic of a gauge.
  std::optional<Number> stat(const Stat& stat) const;
  Amount events() const noexcept { return {}; }  // a gauge has no rate

  /// In a stream's entry.
  template <class Visit>
  void fields(Visit visit) const {
    if (sets()) {
      visit("last", to_text(last));
      visit("at", std::to_string(at));
      visit("min", to_text(min));
      visit("max", to_text(max));
      visit("sum", to_text(sum));
      visit("count", std::to_string(count));
    }
    if (!sets() || all != Fixed{}) visit("add", to_text(all));
    if (!sets()) visit("at", std::to_string(at));
  }
  template <class Find>
  static std::optional<Gauge> parse(Find find) {
    return of_text(
        {find("last"), find("at"), find("min"), find("max"), find("sum"), find("count"), find("add")});
  }

  /// In a batch: flags, `at` as a varint, then what the flags say: last; all; min, max, sum and count.
  static constexpr size_t kMostBytes = 1 + 5 * kMostFixedBytes + 2 * kMostVarintBytes;
  std::byte* put(std::byte* at) const noexcept;
  static const std::byte* get(const std::byte* at, const std::byte* end, Gauge& gauge) noexcept;

  bool operator==(const Gauge&) const = default;

 private:
  struct Texts {
    std::optional<std::string_view> last, at, min, max, sum, count, add;
  };
  static std::optional<Gauge> of_text(const Texts& texts);
  static uint64_t saturated_sum(uint64_t one, uint64_t other) noexcept {
    uint64_t sum = 0;
    return __builtin_add_overflow(one, other, &sum) ? ~uint64_t{0} : sum;
  }

  Fixed base() const noexcept { return last - all; }  ///< as it was set
  bool is_one_set() const noexcept;
  Fixed mean() const noexcept;
  void take_values_of(const Gauge& other) noexcept;
  void take_value(Fixed value) noexcept;
};

// Inline, as they are called for each line.
inline void Gauge::apply(const GaugeSample& sample, uint64_t at_ms) noexcept {
  if (sample.adds) {
    all += sample.value;
    if (sets())
      last += sample.value;
    else
      at = at_ms;
    return;
  }
  if (at_ms >= at) {
    last = sample.value;
    all = {};
    at = at_ms;
  } else if (!sets()) {  // what was added counts from there on
    last = sample.value + all;
    at = at_ms;
  }
  take_value(sample.value);
}

inline void Gauge::take_value(Fixed value) noexcept {
  min = sets() ? std::min(min, value) : value;
  max = sets() ? std::max(max, value) : value;
  sum += value;
  count = saturated_sum(count, 1);
}

}  // namespace kilometric

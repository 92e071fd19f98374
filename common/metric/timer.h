// The timer: values as they were sent, in whatever unit, of which count, sum, extremes and quantiles are known.
//
//   sample    page:12.5|ms, page:12.5|h|@0.1, page:-3|d      one with a rate stands for 1 / rate samples
//   entry     count 3  sum 29.5  min 12.5  max 17  sq 445.25  bins (binary)
//
// Count and sum are as exact as counters, minimum and maximum as sent. The sum of squares is a double. A
// quantile comes out of bins (bin.h): at most 1.083 % away from the value that has its rank. All of them add up
// over intervals, workers, hosts and metrics, so a quantile of many is that of all their samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "common/metric/amount.h"
#include "common/metric/bins.h"
#include "common/metric/bins_code.h"
#include "common/metric/fixed.h"
#include "common/metric/number.h"
#include "common/metric/stat.h"
#include "common/varint.h"

namespace kilometric {

struct TimerSample {
  double value;    ///< as sent: finite, at most 2^53, no minus zero
  Fixed weighted;  ///< value x weight, rounded once
  Amount weight;   ///< 1 / rate
  uint64_t parts;  ///< the weight in 1/1,024ths, rounded once; not 0
};

struct Timings {
  Amount count;
  Fixed sum;
  double sq = 0;  ///< the sum of squares
  double min = 0, max = 0;
  Bins bins;  ///< empty: no sample, and all is 0

  void add(const TimerSample& sample);
  void merge(const Timings& other);
  void then(const Timings& later) { merge(later); }
  bool says_nothing() const noexcept { return bins.empty(); }
  std::optional<Number> stat(const Stat& stat) const;
  Amount events() const noexcept { return count; }
  size_t heap_bytes() const noexcept { return bins.size() * sizeof(Bins::Bin); }

  /// In a stream's entry: always all six, in this order, so that Redis keeps their names once.
  template <class Visit>
  void fields(Visit visit) const {
    fields(visit, encode(bins));
  }
  /// Of what put() has written.
  template <class Visit>
  static void fields_of(const std::byte* at, const std::byte* end, Visit visit) {
    Timings timer;
    std::string_view code;
    if (get_sums(at, end, timer, code) != nullptr) timer.fields(visit, code);
  }
  template <class Find>
  static std::optional<Timings> parse(Find find) {
    const Texts texts{find("count"), find("sum"), find("min"), find("max"), find("sq"), find("bins")};
    return parse(texts);
  }

  /// In a batch: count as of a counter; the sum, 16 bytes; squares, minimum and maximum, 8 bytes each; the size
  /// of the bins, as a varint, and the bins.
  static constexpr size_t kMostBytes = 3 * kMostVarintBytes + 16 + 3 * 8 + kMostBinsBytes;
  std::byte* put(std::byte* at) const;
  /// nullptr also when the bins are none, or a number is not finite.
  static const std::byte* get(const std::byte* at, const std::byte* end, Timings& timer);

  /// False of what no samples make: a number that is not finite, extremes without samples.
  bool is_sound() const noexcept;

  bool operator==(const Timings&) const = default;

 private:
  using Text = std::optional<std::string_view>;
  struct Texts {
    Text count, sum, min, max, sq, bins;
  };
  static std::optional<Timings> parse(const Texts& texts);
  template <class Visit, class Code>
  void fields(Visit visit, Code code) const {
    visit("count", to_text(count));
    visit("sum", to_text(sum));
    visit("min", to_text(Number(min)));
    visit("max", to_text(Number(max)));
    visit("sq", to_text(Number(sq)));
    visit("bins", std::move(code));
  }
  /// All but the bins, and their code. Returns where the next byte is; nullptr when it is cut.
  static const std::byte* get_sums(const std::byte* at, const std::byte* end, Timings& timer,
                                   std::string_view& code) noexcept;
  std::optional<Number> stat_of_part(const Stat& stat) const;
  double mean() const noexcept;
  double deviation() const noexcept;
  double quantile(double quantile) const noexcept;
};

}  // namespace kilometric

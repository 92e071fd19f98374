// What an hour's points of each kind say, as columns (common/metric/column.h): what pack() and unpack() do not
// share among kinds, and all of it. Their bytes are described in docs/formats/points.md.
//
// Each kind has a put, which appends the columns of `points` in the order in which its reader names them, and a
// reader: open() finds the columns at the beginning of `bytes`, which then begin behind them, or returns false;
// it requires count > 0. next() gives what one point after the other says, of one at `ms`, `count` times at
// most. sound() then says whether all that was given is what a put may have written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/metric/column.h"
#include "common/metric/kind.h"
#include "common/metric/points.h"

namespace kilometric {

void put_counters(std::string& to, std::span<const Point> points);
void put_gauges(std::string& to, std::span<const Point> points);
void put_timers(std::string& to, std::span<const Point> points);
void put_sets(std::string& to, std::span<const Point> points);

class CounterColumns {
 public:
  bool open(std::string_view& bytes, size_t count) {
    return whole_.open(bytes, count) && millionths_.open(bytes, count);
  }
  Delta next(uint64_t) {
    const auto whole = static_cast<int64_t>(whole_.next());
    return Counter{{whole, static_cast<int64_t>(millionths_.next())}};
  }
  /// Instead of next(), from the first point on: what the next `count` add up to.
  Counter sum(size_t count) {
    const auto whole = static_cast<int64_t>(whole_.sum(count));
    return {{whole, static_cast<int64_t>(millionths_.sum(count))}};
  }
  bool sound() const { return whole_.sound() && millionths_.sound(); }

 private:
  Column whole_, millionths_;
};

class GaugeColumns {
 public:
  bool open(std::string_view& bytes, size_t count);
  Delta next(uint64_t ms);
  bool sound() const;

 private:
  Column count_, age_, last_, all_, min_, max_, sum_;
};

/// Doubles: 1 byte, and a column of them in millionths (0), or of their bits (1) where that would not be exact.
class DoubleColumn {
 public:
  bool open(std::string_view& bytes, size_t count);
  double next();
  bool sound() const { return numbers_.sound(); }

 private:
  bool bits_ = false;
  Column numbers_;
};

/// Strings of bytes: a column of their sizes; how many bytes that are; these.
class TextColumn {
 public:
  bool open(std::string_view& bytes, size_t count);
  /// Empty where none is left.
  std::string_view next();
  bool sound() const { return sound_ && sizes_.sound() && bytes_.empty(); }

 private:
  bool sound_ = true;
  Column sizes_;
  std::string_view bytes_;
};

class TimerColumns {
 public:
  bool open(std::string_view& bytes, size_t count);
  Delta next(uint64_t ms);
  bool sound() const;

 private:
  bool sound_ = true;
  Column whole_, millionths_, sum_;
  DoubleColumn sq_, min_, max_;
  TextColumn bins_;
};

class SetColumns {
 public:
  bool open(std::string_view& bytes, size_t count) { return codes_.open(bytes, count); }
  Delta next(uint64_t ms);
  bool sound() const { return sound_ && codes_.sound(); }

 private:
  bool sound_ = true;
  TextColumn codes_;
};

}  // namespace kilometric

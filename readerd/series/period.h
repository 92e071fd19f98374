// A period: how a range of time is cut into buckets. Everything in one; so many seconds, counted from the
// epoch; or so many days of a time zone, from midnight to midnight, so that some have 23 or 25 hours.
//
// The time zones are the system's: https://www.iana.org/time-zones
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/redis/stream_id.h"

namespace date {
class time_zone;
}

namespace kilometric {

class Period {
 public:
  static Period whole() { return Period(0, nullptr); }
  static Period seconds(uint64_t count) { return Period(count * 1000, nullptr); }
  static Period days(uint64_t count, const date::time_zone* zone);

  /// nullptr when there is no zone of that name.
  static const date::time_zone* find_zone(std::string_view name);

  bool is_whole() const { return ms_ == 0; }

  /// The start of the bucket that holds `ms`, and of the one behind it. Both require !is_whole(). Buckets
  /// follow each other without a gap, and none overlaps another.
  uint64_t start_of(uint64_t ms) const;
  uint64_t next(uint64_t start) const;

  /// The longest of layout::kDayMs, layout::kHourMs, a minute and 0 that never straddles two buckets of
  /// `range`.
  uint64_t grain(const IdRange& range) const;

  std::string text() const;  ///< different for different periods

  /// How many buckets there are from `first_ms` to `last_ms`; in a time zone, at most how many.
  uint64_t buckets_between(uint64_t first_ms, uint64_t last_ms) const;

 private:
  Period(uint64_t ms, const date::time_zone* zone) : ms_(ms), zone_(zone) {}
  int64_t number_of(uint64_t ms) const;
  uint64_t start_of_number(int64_t number) const;
  bool whole(std::chrono::milliseconds unit, const IdRange& range) const;

  uint64_t ms_;  ///< 0: everything in one
  const date::time_zone* zone_;
};

}  // namespace kilometric

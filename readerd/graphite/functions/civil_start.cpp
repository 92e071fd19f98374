#include "readerd/graphite/functions/civil_start.h"

#include <chrono>

#include "readerd/graphite/functions/call.h"

namespace kilometric::graphite {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr int64_t kDay = 86'400;

int64_t seconds_of(sys_days day) { return day.time_since_epoch().count() * kDay; }

int64_t month_start(int64_t at, bool of_year) {
  const std::chrono::year_month_day date{sys_days(days(floor_to(at, kDay) / kDay))};
  const auto month = of_year ? std::chrono::January : date.month();
  return seconds_of(sys_days(date.year() / month / 1));
}

// The epoch was a Thursday, the fourth day.
int64_t week_start(int64_t at, char last) {
  const int64_t first = last >= '1' && last <= '7' ? last - '0' : 1;
  const int64_t shift = (first - 4) * kDay;
  return floor_to(at - shift, 7 * kDay) + shift;
}

}  // namespace

std::optional<int64_t> civil_start(int64_t at, std::string_view unit) {
  if (unit.starts_with("s")) return at;
  if (unit.starts_with("min")) return floor_to(at, 60);
  if (unit.starts_with("h")) return floor_to(at, 3600);
  if (unit.starts_with("d")) return floor_to(at, kDay);
  if (unit.starts_with("w")) return week_start(at, unit.back());
  if (unit.starts_with("mon")) return month_start(at, false);
  if (unit.starts_with("y")) return month_start(at, true);
  return std::nullopt;
}

}  // namespace kilometric::graphite

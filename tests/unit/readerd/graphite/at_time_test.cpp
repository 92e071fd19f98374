#include "readerd/graphite/at_time.h"

#include <doctest/doctest.h>

using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite");

namespace {

constexpr int64_t kNow = 1'764'085'530;  // Tuesday, 2025-11-25 15:45:30 UTC
constexpr int64_t kToday = 1'764'028'800;
constexpr int64_t kHour = 3'600, kDay = 24 * kHour;

}  // namespace

TEST_CASE("a moment is seconds since the epoch, or a day of eight digits") {
  CHECK(parse_at_time("1764090000", kNow) == 1'764'090'000);
  CHECK(parse_at_time("0", kNow) == 0);
  CHECK(parse_at_time("20251125", kNow) == kToday);
  CHECK(parse_at_time("20251325", kNow) == 20'251'325);  // no such month, so it is seconds
  CHECK_FALSE(parse_at_time("99999999999999999999", kNow));
}

TEST_CASE("a moment is so long before or after another") {
  CHECK(parse_at_time("now", kNow) == kNow);
  CHECK(parse_at_time("-6h", kNow) == kNow - 6 * kHour);
  CHECK(parse_at_time("-15min", kNow) == kNow - 900);
  CHECK(parse_at_time("-5m", kNow) == kNow - 300);
  CHECK(parse_at_time("now-1d", kNow) == kNow - kDay);
  CHECK(parse_at_time("-1mon", kNow) == kNow - 30 * kDay);
  CHECK(parse_at_time("-1y", kNow) == kNow - 365 * kDay);
  CHECK(parse_at_time("-1d2h", kNow) == kNow - kDay - 2 * kHour);
  CHECK(parse_at_time("midnight+1h", kNow) == kToday + kHour);
  CHECK(parse_at_time("-2d", 86'400) == 0);  // before the epoch
  CHECK_FALSE(parse_at_time("-6", kNow));
  CHECK_FALSE(parse_at_time("-6q", kNow));
  CHECK_FALSE(parse_at_time("-h", kNow));
  CHECK_FALSE(parse_at_time("-999999999999y", kNow));
}

TEST_CASE("a moment is a day by its name, and a time of it") {
  CHECK(parse_at_time("today", kNow) == kToday);
  CHECK(parse_at_time("yesterday", kNow) == kToday - kDay);
  CHECK(parse_at_time("noon yesterday", kNow) == kToday - kDay / 2);
  CHECK(parse_at_time("noon", kNow) == kToday + kDay / 2);
  CHECK(parse_at_time("teatime", kNow) == kToday + 16 * kHour);
  CHECK(parse_at_time("16:30_20251124", kNow) == kToday - kDay + 16 * kHour + 1'800);
  CHECK(parse_at_time("8:50pm", kNow) == kToday + 20 * kHour + 3'000);
  CHECK(parse_at_time("6am today", kNow) == kToday + 6 * kHour);
  CHECK(parse_at_time("tuesday", kNow) == kToday);
  CHECK(parse_at_time("monday", kNow) == kToday - kDay);
  CHECK(parse_at_time("Wednesday", kNow) == kToday - 6 * kDay);
  CHECK(parse_at_time("11/24/25", kNow) == kToday - kDay);
  CHECK(parse_at_time("11/24/2025", kNow) == kToday - kDay);
  CHECK(parse_at_time("november 24", kNow) == kToday - kDay);
  CHECK_FALSE(parse_at_time("13/45/25", kNow));
  CHECK_FALSE(parse_at_time("25:00_20251124", kNow));
  CHECK_FALSE(parse_at_time("16:99", kNow));
  CHECK_FALSE(parse_at_time("", kNow));
  CHECK_FALSE(parse_at_time("NaN", kNow));
}

TEST_SUITE_END();

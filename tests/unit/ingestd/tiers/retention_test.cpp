#include "ingestd/tiers/retention.h"

#include <doctest/doctest.h>

#include "common/redis/layout.h"
#include "common/redis/stream_id.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using namespace std::chrono_literals;
using layout::kDayMs, layout::kHourMs;

namespace {

using Age = std::optional<std::chrono::hours>;

Retention retention(Age raw, Age hour, Age day) {
  Settings settings{};
  settings.retention_raw = raw;
  settings.retention_hour = hour;
  settings.retention_day = day;
  settings.retention_raw_timers = settings.retention_raw_sets = raw;
  return Retention(settings, Kind::counter);
}

constexpr Age kKeep = std::nullopt;
constexpr uint64_t kNow = 1000 * kDayMs + 5 * kHourMs + 1234;

}  // namespace

TEST_CASE("nothing is removed by default, nor what no tier has") {
  for (const Retention& kept : {retention(kKeep, kKeep, kKeep), retention(kKeep, 24h, 24h)}) {
    const Boundaries below = kept.boundaries(kNow, kNow, kNow);
    CHECK(below.raw == 0);
    CHECK(below.hour == 0);
    CHECK(below.day == 0);
    CHECK_FALSE(kept.forgets());
  }
  const Boundaries below = retention(24h, 48h, kKeep).boundaries(kNow, {}, {});
  CHECK(below.raw == 0);
  CHECK(below.hour == 0);
}

TEST_CASE("boundaries lie at an hour, or a day") {
  const Boundaries below = retention(25h, 49h, 24h * 10).boundaries(kNow, kNow, kNow);
  CHECK(below.raw == 999 * kDayMs + 4 * kHourMs);
  CHECK(below.hour == 998 * kDayMs);
  CHECK(below.day == 990 * kDayMs);
}

TEST_CASE("a stream keeps what the tier above it lacks") {
  const Retention days = retention(24h, 48h, kKeep);
  Boundaries below = days.boundaries(kNow, 900 * kDayMs, 800 * kDayMs);
  CHECK(below.raw == 900 * kDayMs + kHourMs);
  CHECK(below.hour == 801 * kDayMs);
  CHECK(below.day == 0);
  below = days.boundaries(kNow, kMostMs, kMostMs);
  CHECK(below.raw == 999 * kDayMs + 5 * kHourMs);
  CHECK(below.hour == 998 * kDayMs);
}

TEST_CASE("what is past every retention is needed by no tier") {
  const Retention all = retention(24h, 48h, 24h * 10);
  CHECK(all.forgets());
  for (const std::optional<uint64_t> top : {std::optional<uint64_t>(), std::optional<uint64_t>(900 * kDayMs)}) {
    const Boundaries below = all.boundaries(kNow, top, top);
    CHECK(below.raw == 990 * kDayMs);
    CHECK(below.hour == 990 * kDayMs);
    CHECK(below.day == 990 * kDayMs);
  }
}

TEST_CASE("a coarser tier stays at least as long as a finer one") {
  const Boundaries below = retention(240h, 24h, 48h).boundaries(kNow, kNow, kNow);
  CHECK(below.raw == 990 * kDayMs + 5 * kHourMs);
  CHECK(below.hour == 990 * kDayMs);
  CHECK(below.day == 990 * kDayMs);
}

TEST_CASE("timers and sets have retentions of raw entries of their own") {
  Settings settings{};
  settings.retention_raw = 240h;
  settings.retention_raw_timers = 24h;
  settings.retention_raw_sets = 480h;
  settings.retention_hour = settings.retention_day = 360h;
  const auto below = [&](Kind kind) { return Retention(settings, kind).boundaries(kNow, kNow, kNow); };
  CHECK(below(Kind::counter).raw == 990 * kDayMs + 5 * kHourMs);
  CHECK(below(Kind::gauge).raw == 990 * kDayMs + 5 * kHourMs);
  CHECK(below(Kind::timer).raw == 999 * kDayMs + 5 * kHourMs);
  CHECK(below(Kind::set).raw == 980 * kDayMs + 5 * kHourMs);
  for (const Kind kind : {Kind::counter, Kind::gauge, Kind::timer}) CHECK(below(kind).hour == 985 * kDayMs);
  CHECK(below(Kind::set).hour == 980 * kDayMs);
  CHECK(below(Kind::set).day == 980 * kDayMs);
}

TEST_CASE("a retention for ever of one kind is none for another") {
  Settings settings{};
  settings.retention_raw = settings.retention_hour = settings.retention_day = 24h;
  const Retention sets(settings, Kind::set), counters(settings, Kind::counter);
  CHECK_FALSE(sets.trims());
  CHECK_FALSE(sets.forgets());
  CHECK(counters.trims());
  CHECK(counters.forgets());
}

TEST_CASE("of a gauge the last entries stay, and all that its hours lack") {
  const Boundaries below = retention(24h, 48h, 24h * 10).boundaries(kNow, 900 * kDayMs, 800 * kDayMs);
  CHECK(below.raw == 990 * kDayMs);
  const Boundaries kept = keep_last(below, 990 * kDayMs, 900 * kDayMs, 800 * kDayMs);
  CHECK(kept.raw == 900 * kDayMs + kHourMs);
  CHECK(kept.hour == 900 * kDayMs);
  CHECK(kept.day == 800 * kDayMs);
  const Boundaries without_tiers = keep_last(below, kNow, {}, {});
  CHECK(without_tiers.raw == 0);
  CHECK(without_tiers.hour == 0);
  CHECK(without_tiers.day == 0);
}

TEST_CASE("a gauge whose last entry is past every retention ends as others do") {
  const Boundaries below = retention(24h, 48h, 24h * 10).boundaries(kNow, 900 * kDayMs, 800 * kDayMs);
  for (const std::optional<uint64_t> raw_top : {std::optional<uint64_t>(), std::optional(990 * kDayMs - 1)}) {
    const Boundaries ended = keep_last(below, raw_top, 900 * kDayMs, 800 * kDayMs);
    CHECK(ended.raw == below.raw);
    CHECK(ended.hour == below.hour);
    CHECK(ended.day == below.day);
  }
}

TEST_CASE("a gauge in use is trimmed like others, but for its tiers' last entries") {
  const Boundaries below = retention(24h, 48h, 24h * 10).boundaries(kNow, kNow, kNow);
  const Boundaries kept = keep_last(below, kNow, kNow, kNow);
  CHECK(kept.raw == below.raw);
  CHECK(kept.hour == below.hour);
  CHECK(kept.day == below.day);
}

TEST_CASE("a clock at the epoch") {
  const Boundaries below = retention(24h, 24h, 24h).boundaries(5, 0, {});
  CHECK(below.raw == 0);
  CHECK(below.day == 0);
}

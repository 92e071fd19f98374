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

/// Of a key whose hours are packed as far as they are summed.
Tops tops(std::optional<uint64_t> hour, std::optional<uint64_t> day) {
  return {.points = hour, .hour = hour, .day = day};
}

constexpr Age kKeep = std::nullopt;
constexpr uint64_t kNow = 1000 * kDayMs + 5 * kHourMs + 1234;

}  // namespace

TEST_CASE("nothing is removed by default, nor what no tier has") {
  for (const Retention& kept : {retention(kKeep, kKeep, kKeep), retention(kKeep, 24h, 24h)}) {
    const Boundaries below = kept.boundaries(kNow, tops(kNow, kNow));
    CHECK(below.raw == 0);
    CHECK(below.hour == 0);
    CHECK(below.day == 0);
    CHECK_FALSE(kept.forgets());
  }
  const Boundaries below = retention(24h, 48h, kKeep).boundaries(kNow, tops({}, {}));
  CHECK(below.raw == 0);
  CHECK(below.hour == 0);
}

TEST_CASE("boundaries lie at an hour, or a day") {
  const Boundaries below = retention(25h, 49h, 24h * 10).boundaries(kNow, tops(kNow, kNow));
  CHECK(below.raw == 999 * kDayMs + 4 * kHourMs);
  CHECK(below.hour == 998 * kDayMs);
  CHECK(below.day == 990 * kDayMs);
}

TEST_CASE("a stream keeps what the tier above it lacks") {
  const Retention days = retention(24h, 48h, kKeep);
  Boundaries below = days.boundaries(kNow, tops(900 * kDayMs, 800 * kDayMs));
  CHECK(below.raw == 900 * kDayMs + kHourMs);
  CHECK(below.hour == 801 * kDayMs);
  CHECK(below.day == 0);
  below = days.boundaries(kNow, tops(kMostMs, kMostMs));
  CHECK(below.raw == 999 * kDayMs + 5 * kHourMs);
  CHECK(below.hour == 998 * kDayMs);
}

TEST_CASE("raw entries stay until their hour is packed, too") {
  const Retention days = retention(2h, 48h, kKeep);
  const Tops behind{.points = 900 * kDayMs, .hour = kNow, .day = kNow};
  CHECK(days.boundaries(kNow, behind).raw == 900 * kDayMs + kHourMs);
  CHECK(days.boundaries(kNow, behind).hour == 998 * kDayMs);
  CHECK(days.boundaries(kNow, tops(kNow, kNow)).raw == 1000 * kDayMs + 3 * kHourMs);
}

TEST_CASE("raw entries of a key that is not packed stay until days end, and so does its last hour") {
  const Tops short_ones{.points = {}, .hour = 995 * kDayMs, .day = 994 * kDayMs};
  Boundaries below = retention(24h, 48h, kKeep).boundaries(kNow, short_ones);
  CHECK(below.raw == 0);
  CHECK(below.hour == 995 * kDayMs);
  below = retention(24h, 48h, 24h * 10).boundaries(kNow, short_ones);
  CHECK(below.raw == 990 * kDayMs);
  CHECK(below.hour == 995 * kDayMs);
  below = retention(24h, 48h, 72h).boundaries(kNow, short_ones);
  CHECK(below.raw == 997 * kDayMs);
  CHECK(below.hour == 997 * kDayMs);
}

TEST_CASE("packed hours stay as long as is said of them, no shorter than raw entries and no longer than days") {
  const auto below = [](Age raw, Age points, Age day) {
    Settings settings{};
    settings.retention_raw = raw;
    settings.retention_points = points;
    settings.retention_hour = settings.retention_day = day;
    return Retention(settings, Kind::counter).boundaries(kNow, tops(kNow, kNow)).points;
  };
  CHECK(below(kKeep, 24h, 24h) == 0);
  CHECK(below(24h, kKeep, kKeep) == 0);
  CHECK(below(24h, 73h, kKeep) == 997 * kDayMs + 4 * kHourMs);
  CHECK(below(24h, 73h, 240h) == 997 * kDayMs + 4 * kHourMs);
  CHECK(below(72h, 24h, kKeep) == 997 * kDayMs + 5 * kHourMs);
  CHECK(below(24h, kKeep, 240h) == 990 * kDayMs + 5 * kHourMs);
  CHECK(below(24h, 480h, 240h) == 990 * kDayMs + 5 * kHourMs);
  CHECK(below(240h, kKeep, 24h) == 990 * kDayMs + 5 * kHourMs);
}

TEST_CASE("what is past every retention is needed by no tier") {
  const Retention all = retention(24h, 48h, 24h * 10);
  CHECK(all.forgets());
  for (const std::optional<uint64_t> top : {std::optional<uint64_t>(), std::optional<uint64_t>(900 * kDayMs)}) {
    const Boundaries below = all.boundaries(kNow, tops(top, top));
    CHECK(below.raw == 990 * kDayMs);
    CHECK(below.hour == 990 * kDayMs);
    CHECK(below.day == 990 * kDayMs);
  }
}

TEST_CASE("a coarser tier stays at least as long as a finer one") {
  const Boundaries below = retention(240h, 24h, 48h).boundaries(kNow, tops(kNow, kNow));
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
  const auto below = [&](Kind kind) { return Retention(settings, kind).boundaries(kNow, tops(kNow, kNow)); };
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
  const Boundaries below = retention(24h, 48h, 24h * 10).boundaries(kNow, tops(900 * kDayMs, 800 * kDayMs));
  CHECK(below.raw == 990 * kDayMs);
  const Boundaries kept = keep_last(below, 990 * kDayMs, tops(900 * kDayMs, 800 * kDayMs));
  CHECK(kept.raw == 900 * kDayMs + kHourMs);
  CHECK(kept.hour == 900 * kDayMs);
  CHECK(kept.day == 800 * kDayMs);
  const Boundaries without_tiers = keep_last(below, kNow, tops({}, {}));
  CHECK(without_tiers.raw == 0);
  CHECK(without_tiers.hour == 0);
  CHECK(without_tiers.day == 0);
}

TEST_CASE("a gauge whose last entry is past every retention ends as others do") {
  const Boundaries below = retention(24h, 48h, 24h * 10).boundaries(kNow, tops(900 * kDayMs, 800 * kDayMs));
  for (const std::optional<uint64_t> raw_top : {std::optional<uint64_t>(), std::optional(990 * kDayMs - 1)}) {
    const Boundaries ended = keep_last(below, raw_top, tops(900 * kDayMs, 800 * kDayMs));
    CHECK(ended.raw == below.raw);
    CHECK(ended.hour == below.hour);
    CHECK(ended.day == below.day);
  }
}

TEST_CASE("a gauge in use is trimmed like others, but for its tiers' last entries") {
  const Boundaries below = retention(24h, 48h, 24h * 10).boundaries(kNow, tops(kNow, kNow));
  const Boundaries kept = keep_last(below, kNow, {.points = {}, .hour = kNow, .day = kNow});
  CHECK(kept.raw == below.raw);
  CHECK(kept.hour == below.hour);
  CHECK(kept.day == below.day);
}

TEST_CASE("the hours of a gauge stay as long as what is packed, which builds on them") {
  const Boundaries below{.raw = 1000 * kDayMs, .points = 900 * kDayMs, .hour = 990 * kDayMs, .day = 0};
  CHECK(keep_last(below, kNow, tops(kNow, kNow)).hour == 899 * kDayMs);
  CHECK(keep_last(below, kNow, tops(kNow, kNow)).points == 900 * kDayMs);
  CHECK(keep_last(below, kNow, {.points = {}, .hour = kNow, .day = kNow}).hour == 990 * kDayMs);
  CHECK(keep_last({.raw = 5, .points = 0, .hour = 5, .day = 0}, kNow, tops(kNow, kNow)).hour == 0);
}

TEST_CASE("a clock at the epoch") {
  const Boundaries below = retention(24h, 24h, 24h).boundaries(5, tops(0, {}));
  CHECK(below.raw == 0);
  CHECK(below.day == 0);
}

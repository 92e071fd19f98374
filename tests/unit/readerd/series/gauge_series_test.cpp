// The series of a gauge, of which an entry may say only how the value changed: whatever the range, the order
// and the tiers, it is what all entries from the first on say.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/metric/last_value.h"
#include "common/redis/layout.h"
#include "readerd/series/extents.h"
#include "readerd/series/series.h"
#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

constexpr uint64_t kHour = layout::kHourMs;
constexpr uint64_t kDay = layout::kDayMs;
constexpr uint64_t kStart = 18'000 * kDay;

using Random = std::mt19937_64;
using Entries = std::vector<Entry>;

Gauge gauge_of(const GaugeSample& sample, uint64_t at) {
  Gauge gauge;
  gauge.apply(sample, at);
  return gauge;
}

Entry add_at(uint64_t ms, int64_t value) { return {{ms, 0}, gauge_of({Fixed::whole(value), true}, ms)}; }
Entry set_at(uint64_t ms, int64_t value) { return {{ms, 0}, gauge_of({Fixed::whole(value), false}, ms)}; }

Entries resolved(Entries entries) {
  LastValue last;
  for (Entry& entry : entries) last.resolve(entry.delta, entry.id.ms);
  return entries;
}

/// What tiers hold of resolved entries.
Entries sums_of(uint64_t step, const Entries& entries) {
  Entries sums;
  for (const Entry& entry : entries) {
    const uint64_t start = floor_to(Step{step}, entry.id.ms);
    if (!sums.empty() && sums.back().id.ms == start)
      sums.back().delta.then(entry.delta);
    else
      sums.push_back({{start, 0}, entry.delta});
  }
  if (!sums.empty()) sums.pop_back();  // not closed yet
  return sums;
}

struct Fixture : RedisFixture {
  Fixture() { selection.period = Period::seconds(600); }

  void write(const std::string& stream, const Entries& entries) {
    size_t answers = 0;
    for (const Entry& entry : entries) {
      std::vector<std::string> words{"XADD", stream, to_text(entry.id)};
      entry.delta.fields([&](std::string_view name, const std::string& text) {
        words.emplace_back(name);
        words.push_back(text);
      });
      const std::vector<std::string_view> command(words.begin(), words.end());
      redis.command(command, [&](const redisReply* reply) {
        REQUIRE(reply->type == REDIS_REPLY_STRING);
        ++answers;
      });
    }
    run_until([&] { return answers == entries.size(); });
  }
  void write(const Entries& entries) { write(layout::stream_name(Kind::gauge, "g"), entries); }
  void write_tiers(const Entries& entries) {
    const Entries hours = sums_of(kHour, resolved(entries));
    write(layout::hour_name(Kind::gauge, "g"), hours);
    write(layout::day_name(Kind::gauge, "g"), sums_of(kDay, hours));
  }

  std::vector<Bucket> read() {
    std::optional<Result<Extents>> extents;
    ask_extents(
        store, Kind::gauge, "g", selection, Ends::asked, [] { return true; },
        [&](const auto& found) { extents = found; });
    run_until([&] { return extents.has_value(); });
    Series series(store, Kind::gauge, "g", selection, std::get<Extents>(*extents));
    std::vector<Bucket> buckets;
    for (bool last = false; !last;) {
      bool answered = false;
      series.next([] { return true; },
                  [&](const Result<Series::Piece>& result) {
                    const auto& piece = std::get<Series::Piece>(result);
                    buckets.insert(buckets.end(), piece.buckets.begin(), piece.buckets.end());
                    last = piece.last;
                    answered = true;
                  });
      run_until([&] { return answered; });
    }
    return buckets;
  }

  /// The values of the buckets, as "from:last" from the start on, in seconds.
  std::string values() {
    std::string text;
    for (const Bucket& bucket : read())
      text += (text.empty() ? "" : " ") + std::to_string((bucket.from - kStart) / 1000) + ":" +
              to_text(bucket.delta.gauge().last);
    return text;
  }

  void select(uint64_t from, uint64_t to) {
    selection.range = {{from, 0}, {to, kMostSequence}};
    selection.from_given = selection.to_given = true;
  }

  /// The pages that were asked for, to see how much was read.
  uint64_t pages() const { return metrics.pages_read; }

  Metrics metrics;
  Store store{loop, redis, metrics};
  Selection selection;
};

std::vector<Bucket> plain_buckets(const Entries& entries, const Selection& selection) {
  std::vector<Bucket> buckets;
  for (const Entry& entry : resolved(entries)) {
    if (entry.id < selection.range.from || entry.id > selection.range.to) continue;
    const uint64_t start = selection.period.start_of(entry.id.ms);
    if (!buckets.empty() && buckets.back().from == start)
      buckets.back().delta.then(entry.delta);
    else
      buckets.push_back({start, 0, entry.delta});
  }
  return buckets;
}

void check_same(const std::vector<Bucket>& found, const std::vector<Bucket>& expected) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    REQUIRE(found[i].from == expected[i].from);
    REQUIRE(found[i].delta == expected[i].delta);
  }
}

/// Of two hosts; some sets come late.
Entries random_entries(Random& random, size_t count) {
  Entries entries;
  uint64_t ms = kStart;
  for (size_t i = 0; i < count; ++i) {
    ms += 1 + random() % (random() % 50 == 0 ? 3 * kHour : 40'000);
    const uint64_t late = random() % 5 == 0 ? random() % kHour : random() % 1'000;
    const GaugeSample sample{Fixed::whole(static_cast<int64_t>(random() % 1'000) - 400), random() % 4 != 0};
    entries.push_back({{ms, random() % 2}, gauge_of(sample, ms - late)});
  }
  return entries;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "entries of a gauge build on what stands before the range") {
  write({set_at(kStart + 1'000, 10), add_at(kStart + 700'000, 5), add_at(kStart + 1'300'000, -3),
         set_at(kStart + 2'000'000, 1)});
  CHECK(values() == "0:10 600:15 1200:12 1800:1");
  select(kStart + 1'300'000, kStart + 1'400'000);
  CHECK(values() == "1200:12");
  selection.order = Order::descending;
  CHECK(values() == "1200:12");
  select(kStart + 700'000, kStart + 2 * kHour);
  CHECK(values() == "1800:1 1200:12 600:15");
}

TEST_CASE_FIXTURE(Fixture, "what stands before the range is in its tier when its entries are gone") {
  const Entries entries{set_at(kStart, 10), add_at(kStart + kHour - 1, 2),
                        add_at(kStart + 3 * kHour + 5'000, 1), add_at(kStart + 3 * kHour + 700'000, 1)};
  write_tiers(entries);
  write({entries[2], entries[3]});
  select(kStart + 3 * kHour + 10'000, kStart + kDay);
  CHECK(values() == "11400:14");
  select(kStart + 3 * kHour, kStart + kDay);
  CHECK(values() == "10800:13 11400:14");
  selection.order = Order::descending;
  CHECK(values() == "11400:14 10800:13");
  selection.period = Period::seconds(3600);
  select(kStart, kStart + kDay);
  CHECK(values() == "10800:14 0:12");
}

TEST_CASE_FIXTURE(Fixture, "a bucket before the range tells what stands there, when it is wanted") {
  selection.with_before = true;
  write({set_at(kStart + 1'000, 10), add_at(kStart + 590'000, 5), set_at(kStart + 2'000'000, 1)});
  select(kStart + 595'000, kStart + kHour);
  for (const Order order : {Order::ascending, Order::descending}) {
    selection.order = order;
    auto buckets = read();
    if (order == Order::descending) std::ranges::reverse(buckets);
    REQUIRE(buckets.size() == 2);
    CHECK(buckets[0].from == kStart);
    CHECK(buckets[0].to == kStart + 590'000);
    CHECK(to_text(buckets[0].delta.gauge().last) == "15");
    CHECK(buckets[1].from == kStart + 1'800'000);
  }
  select(kStart + 590'001, kStart + 600'000);
  CHECK(values() == "0:15");
  select(kStart + 1'000, kStart + 2'000);
  CHECK(values() == "0:10");  // it is in the range, and nothing before it
}

TEST_CASE_FIXTURE(Fixture, "the last values of a long series cost no more than their page") {
  Random random(1);
  const Entries entries = random_entries(random, 5'000);
  write(entries);
  write_tiers(entries);
  selection.order = Order::descending;
  std::optional<Result<Extents>> extents;
  ask_extents(
      store, Kind::gauge, "g", selection, Ends::asked, [] { return true; },
      [&](const auto& found) { extents = found; });
  run_until([&] { return extents.has_value(); });
  Series series(store, Kind::gauge, "g", selection, std::get<Extents>(*extents));
  std::optional<Series::Piece> piece;
  series.next([] { return true; },
              [&](const Result<Series::Piece>& result) { piece = std::get<Series::Piece>(result); });
  run_until([&] { return piece.has_value(); });
  REQUIRE_FALSE(piece->buckets.empty());
  CHECK(piece->buckets.front().delta == plain_buckets(entries, selection).back().delta);
  CHECK(pages() <= 4);  // itself, the last hour and the last day before it, and what is behind that hour
}

TEST_CASE_FIXTURE(Fixture, "any range of a gauge is what all entries say, with and without tiers, both ways") {
  for (unsigned seed = 0; seed < 4; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    command({"FLUSHALL"});
    const Entries entries = random_entries(random, 2'500);
    write(entries);
    if (seed % 2 == 0) write_tiers(entries);
    const uint64_t end = entries.back().id.ms;
    for (unsigned round = 0; round < 30; ++round) {
      CAPTURE(round);
      const uint64_t grid = round % 3 == 0 ? kHour : 1;
      const uint64_t one = kStart + random() % (end - kStart), other = kStart + random() % (end - kStart);
      select(floor_to(Step{grid}, std::min(one, other)),
             floor_to(Step{grid}, std::max(one, other)) + kHour - 1);
      selection.period = Period::seconds(round % 2 == 0 ? 3600 : 97);
      const std::vector<Bucket> expected = plain_buckets(entries, selection);
      selection.order = Order::ascending;
      check_same(read(), expected);
      selection.order = Order::descending;
      auto backwards = read();
      std::ranges::reverse(backwards);
      check_same(backwards, expected);
    }
  }
}

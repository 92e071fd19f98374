// Series out of packed hours: whatever the store, the range, the period and the order, they are those of the
// raw entries, whether these are still there or not.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/metric/last_value.h"
#include "common/metric/member_token.h"
#include "common/metric/points.h"
#include "common/redis/layout.h"
#include "readerd/series/extents.h"
#include "readerd/series/series.h"
#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

constexpr uint64_t kHour = layout::kHourMs, kDay = layout::kDayMs, kMinute = 60'000;
constexpr uint64_t kStart = 18'000 * kDay + 20 * kHour;

using Random = std::mt19937_64;

Delta random_delta(Random& random, Kind kind, uint64_t ms) {
  const auto number = static_cast<int64_t>(random() % 2'000) - 700;
  if (kind == Kind::counter) return Counter{{number, random() % 3 == 0 ? number * 1'001 % kMillion : 0}};
  if (kind == Kind::gauge) {
    Gauge gauge;
    gauge.apply({Fixed::whole(number), random() % 3 != 0}, ms - random() % 1'000);
    return gauge;
  }
  if (kind == Kind::set)
    return Set({token_of(std::to_string(random() % 400)), token_of(std::to_string(random() % 400))});
  Timings timer;
  for (int i = 0; i < 3; ++i) {
    const auto value = static_cast<int64_t>(random() % 5'000);
    timer.add({static_cast<double>(value), Fixed::whole(value), {1, 0}, Bins::kWhole});
  }
  return timer;
}

/// Several entries in a millisecond, gaps of hours, hours with a single entry.
std::vector<Entry> random_entries(Random& random, Kind kind, size_t count) {
  std::vector<Entry> entries;
  StreamId id{kStart + random() % kHour, 0};
  for (size_t i = 0; i < count; ++i) {
    entries.push_back({id, random_delta(random, kind, id.ms)});
    const uint64_t step = random() % 40 == 0  ? random() % (3 * kHour)
                          : random() % 4 == 0 ? 0
                                              : random() % 60'000;
    id = step == 0 ? StreamId{id.ms, id.sequence + 1} : StreamId{id.ms + step, 0};
  }
  return entries;
}

/// What a tier of this step holds of entries: resolved, and without what is not closed.
std::vector<Entry> sums_of(uint64_t step, const std::vector<Entry>& entries) {
  std::vector<Entry> sums;
  LastValue last;
  for (Entry entry : entries) {
    last.resolve(entry.delta, step == kHour ? entry.id.ms : kMostMs);
    const uint64_t start = floor_to(Step{step}, entry.id.ms);
    if (!sums.empty() && sums.back().id.ms == start)
      sums.back().delta.then(entry.delta);
    else
      sums.push_back({{start, 0}, entry.delta});
  }
  sums.pop_back();
  return sums;
}

std::map<uint64_t, std::vector<Point>> points_of(Kind kind, const std::vector<Entry>& entries) {
  std::map<uint64_t, std::vector<Point>> hours;
  for (const Entry& entry : entries) {
    std::vector<Point>& hour = hours[floor_to(Step{kHour}, entry.id.ms)];
    const uint64_t ms = floor_to(Step{point_step(kind)}, entry.id.ms);
    if (point_step(kind) > 1 && !hour.empty() && hour.back().ms == ms)
      hour.back().delta.then(entry.delta);
    else
      hour.push_back({ms, entry.delta});
  }
  hours.erase(std::prev(hours.end()));
  return hours;
}

struct Answer {
  std::vector<Bucket> buckets;
  bool coarse = false;
};

/// What of a bucket is told. The squares of a timer are added up in another order where minutes are, and of
/// what stands before the range the last value is all that is known wherever it comes from.
std::string text_of(const Bucket& bucket, const Selection& selection) {
  std::string text = std::to_string(bucket.from);
  if (selection.period.is_whole()) text += "-" + std::to_string(bucket.to);
  const bool before = bucket.to < selection.range.from.ms;
  bucket.delta.fields([&](std::string_view name, const std::string& value) {
    if (name != "sq" && (!before || name == "last")) text.append(" ").append(name).append(" ").append(value);
  });
  return text;
}

struct Fixture : RedisFixture {
  void write(const std::string& stream, const std::vector<Entry>& entries) {
    size_t answers = 0;
    for (const Entry& entry : entries) {
      std::vector<std::string> words{"XADD", stream, to_text(entry.id)};
      entry.delta.fields([&](std::string_view name, const std::string& text) {
        words.emplace_back(name);
        words.push_back(text);
      });
      const std::vector<std::string_view> command(words.begin(), words.end());
      redis.command(command, [&](const redisReply* reply) { answers += reply->type == REDIS_REPLY_STRING; });
    }
    run_until([&] { return answers == entries.size(); });
  }

  void write_points(Kind kind, const std::vector<Entry>& entries) {
    for (const auto& [start, points] : points_of(kind, entries))
      command({"XADD", layout::points_name(kind, "m"), std::to_string(start) + "-0", kPointsField,
               pack(kind, start, points)});
  }

  void write_all(Kind kind, const std::vector<Entry>& entries) {
    write(layout::stream_name(kind, "m"), entries);
    const auto hours = sums_of(kHour, entries);
    write(layout::hour_name(kind, "m"), hours);
    write(layout::day_name(kind, "m"), sums_of(kDay, hours));
  }

  /// All that is before the hour that holds `ms`.
  void trim(const std::string& stream, uint64_t ms) {
    command({"XTRIM", stream, "MINID", std::to_string(floor_to(Step{kHour}, ms))});
  }

  Answer read(Kind kind) {
    std::optional<Result<Extents>> found;
    ask_extents(
        store, kind, "m", selection, Ends::asked, [] { return true; },
        [&](const auto& result) { found = result; });
    run_until([&] { return found.has_value(); });
    const auto& extents = std::get<Extents>(*found);
    Series series(store, kind, "m", selection, extents);
    Answer answer;
    answer.coarse = std::ranges::any_of(extents.plan(kind, selection), &Part::coarse);
    for (bool last = false; !last;) {
      bool answered = false;
      series.next([] { return true; },
                  [&](const Result<Series::Piece>& result) {
                    const auto& piece = std::get<Series::Piece>(result);
                    answer.buckets.insert(answer.buckets.end(), piece.buckets.begin(), piece.buckets.end());
                    last = piece.last;
                    answered = true;
                  });
      run_until([&] { return answered; });
    }
    return answer;
  }
  std::vector<std::string> texts(Kind kind) {
    std::vector<std::string> all;
    for (const Bucket& bucket : read(kind).buckets) all.push_back(text_of(bucket, selection));
    return all;
  }

  void select(StreamId from, StreamId to) {
    selection.range = {from, to};
    selection.from_given = selection.to_given = true;
  }

  /// Of timers and sets what minutes can answer.
  void select_some(Random& random, Kind kind, const std::vector<Entry>& entries) {
    selection = {};
    StreamId ends[2];
    for (StreamId& end : ends) end = entries[random() % entries.size()].id;
    std::ranges::sort(ends);
    if (random() % 3 == 0) ends[0] = {floor_to(Step{kHour}, ends[0].ms), 0};
    if (random() % 3 == 0) ends[1].sequence = kMostSequence;
    const bool by_minutes = point_step(kind) > 1;
    if (by_minutes)
      select({floor_to(Step{kMinute}, ends[0].ms), 0},
             {floor_to(Step{kMinute}, ends[1].ms) + kMinute - 1, kMostSequence});
    else
      select(ends[0], ends[1]);
    if (random() % 8 == 0) selection.range.to = kLastId, selection.to_given = false;
    const uint64_t periods[] = {1, 10, 37, 60, 300, 3600, 86'400, 0};
    const uint64_t period = periods[(by_minutes ? 3 : 0) + random() % (by_minutes ? 5 : 8)];
    if (period > 0) selection.period = Period::seconds(period);
    selection.order = random() % 2 == 0 ? Order::ascending : Order::descending;
    selection.with_before = kind == Kind::gauge && period > 0 && random() % 2 == 0;
  }

  Metrics metrics;
  Store store{loop, redis, metrics};
  Selection selection;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "packed hours say what the raw entries say, and go on to when these are gone") {
  for (const KindText& text : kKinds) {
    CAPTURE(text.name);
    const Kind kind = text.kind;
    Random random(7 + static_cast<unsigned>(kind));
    command({"FLUSHALL"});
    const auto entries = random_entries(random, kind, point_step(kind) > 1 ? 400 : 800);
    write_all(kind, entries);
    std::vector<std::pair<Selection, std::vector<std::string>>> expected;
    for (int i = 0; i < 40; ++i) {
      select_some(random, kind, entries);
      expected.emplace_back(selection, texts(kind));
    }
    write_points(kind, entries);
    const auto compare = [&](const std::string& when) {
      CAPTURE(when);
      for (size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        selection = expected[i].first;
        CAPTURE(to_text(selection.range.from));
        CAPTURE(to_text(selection.range.to));
        CAPTURE(selection.period.text());
        auto wanted = expected[i].second;
        if (selection.period.is_whole() && point_step(kind) > 1)  // of these the minutes of the ends are known
          for (std::string& each : wanted) each.erase(0, each.find(' '));
        auto got = texts(kind);
        if (selection.period.is_whole() && point_step(kind) > 1)
          for (std::string& each : got) each.erase(0, each.find(' '));
        CAPTURE((got.empty() ? "" : got.front()));
        CAPTURE((wanted.empty() ? "" : wanted.front()));
        REQUIRE(got == wanted);
      }
    };
    compare("raw entries are there, too");
    trim(layout::stream_name(kind, "m"), entries[entries.size() / 2].id.ms);
    compare("half of them are");
    trim(layout::stream_name(kind, "m"), entries.back().id.ms);
    compare("only the open hour's are");
    trim(layout::hour_name(kind, "m"), floor_to(Step{kDay}, entries.back().id.ms));
    compare("nor are there sums of most hours");
  }
}

TEST_CASE_FIXTURE(Fixture, "what is left of trimmed entries answers, and says that it is coarser") {
  std::vector<Entry> entries;
  for (uint64_t ms = kStart; ms < kStart + 3 * kHour; ms += 20'000)
    entries.push_back({{ms, 0}, Counter{{1, 0}}});
  entries.push_back({{kStart + 3 * kHour, 0}, Counter{{1, 0}}});
  write_all(Kind::counter, entries);
  entries.erase(entries.begin(), entries.begin() + 180);  // the first hour was not packed
  write_points(Kind::counter, entries);
  trim(layout::stream_name(Kind::counter, "m"), kStart + 3 * kHour);
  selection.period = Period::seconds(600);
  const Answer answer = read(Kind::counter);
  CHECK(answer.coarse);
  REQUIRE(answer.buckets.size() == 1 + 6 + 6 + 1);
  CHECK(text_of(answer.buckets[0], selection) == std::to_string(kStart) + " count 180");
  CHECK(text_of(answer.buckets[1], selection) == std::to_string(kStart + kHour) + " count 30");
  select({kStart + kHour, 0}, {kStart + 2 * kHour, 0});
  CHECK_FALSE(read(Kind::counter).coarse);
}

TEST_CASE_FIXTURE(Fixture, "a damaged hour is passed over, and counted") {
  std::vector<Entry> entries;
  for (uint64_t hour = 0; hour < 5; ++hour)
    entries.push_back({{kStart + hour * kHour + 5, 0}, Counter{{1, 0}}});
  for (const auto& [start, points] : points_of(Kind::counter, entries)) {
    std::string packed = pack(Kind::counter, start, points);
    if (start == kStart + kHour) packed.back() ^= 1;
    if (start == kStart + 2 * kHour)  // its sum is right, and its second point earlier than the first
      packed = pack(Kind::counter, start,
                    std::vector<Point>{{start + 65'000, Counter{{1, 0}}}, {start, Counter{{1, 0}}}});
    command(
        {"XADD", layout::points_name(Kind::counter, "m"), std::to_string(start) + "-0", kPointsField, packed});
  }
  command({"XADD", layout::points_name(Kind::counter, "m"), std::to_string(kStart + 3 * kHour + 1) + "-0",
           "count", "7"});  // somebody else's
  selection.period = Period::seconds(60);
  for (const Order order : {Order::ascending, Order::descending}) {
    selection.order = order;
    CHECK(read(Kind::counter).buckets.size() == 2);
  }
  CHECK(metrics.hours_damaged == 4);
  CHECK(metrics.entries_skipped == 2);
}

#include "ingestd/tiers/key_turn.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "common/metric/last_value.h"
#include "common/metric/points.h"
#include "common/redis/layout.h"
#include "common/redis/page.h"
#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/tiers");
using layout::kDayMs, layout::kHourMs;

namespace {

constexpr uint64_t kNoon = 18'000 * kDayMs + kDayMs / 2;

/// A store, and turns of the key "a".
struct Turns : RedisFixture {
  explicit Turns(const Settings& settings = {}) : retentions(settings) {}

  void add(Kind kind, const StreamId& id, const std::vector<std::string>& fields) {
    const std::string stream = layout::stream_name(kind, "a"), text = to_text(id);
    std::vector<std::string_view> arguments{"XADD", stream, text};
    arguments.insert(arguments.end(), fields.begin(), fields.end());
    ++unanswered;
    redis.command(std::span<const std::string_view>(arguments), [this](const redisReply* reply) {
      CHECK(reply->type == REDIS_REPLY_STRING);
      --unanswered;
    });
  }
  void settle() {
    run_until([this] { return unanswered == 0; });
  }

  void take(Kind kind, bool all_days = true) {
    settle();
    bool ended = false;
    std::make_shared<KeyTurn>(context, kind, "a", now, all_days,
                              [&](const std::string&, const std::optional<Failure>& failure) {
                                CHECK_FALSE(failure);
                                ended = true;
                              })
        ->start();
    run_until([&] { return ended; });
  }

  /// All of a stream, by `use(reply)`.
  template <class Use>
  void read(const std::string& stream, Use use) {
    bool answered = false;
    redis.command({"XRANGE", stream, "-", "+"}, [&](const redisReply* reply) {
      use(*reply);
      answered = true;
    });
    run_until([&] { return answered; });
  }
  std::vector<Entry> entries(Kind kind, const std::string& stream) {
    std::vector<Entry> entries;
    read(stream, [&](const redisReply& reply) {
      entries = parse_page(kind, reply, {}, Order::ascending, kMost)->entries;
    });
    return entries;
  }
  size_t length(const std::string& stream) {
    size_t count = 0;
    read(stream, [&](const redisReply& reply) { count = reply.elements; });
    return count;
  }
  /// Hour -> its points.
  std::map<uint64_t, std::vector<Point>> packed(Kind kind) {
    std::map<uint64_t, std::vector<Point>> hours;
    read(layout::points_name(kind, "a"), [&](const redisReply& reply) {
      for (size_t i = 0; i < reply.elements; ++i) {
        const auto id = parse_stream_id(reply_text(reply.element[i]->element[0]));
        const redisReply& fields = *reply.element[i]->element[1];
        REQUIRE(id);
        CHECK(*id == tier_id(id->ms));
        REQUIRE(fields.elements == 2);
        CHECK(reply_text(fields.element[0]) == kPointsField);
        const auto points = unpack(kind, id->ms, reply_text(fields.element[1]));
        REQUIRE(points);
        hours[id->ms] = *points;
      }
    });
    return hours;
  }

  static constexpr size_t kMost = 1'000'000;
  uint64_t now = kNoon;
  uint64_t unanswered = 0;
  RateLimit rate_limit{loop, redis};
  FlusherStatus status{};
  const Retentions retentions;
  const KeyTurn::Context context{rate_limit, status, retentions, [] { return kMostMs; },
                                 [](Kind, std::string_view) {}};
};

Settings raw_for(std::chrono::hours age) {
  Settings settings{};
  settings.retention_raw = settings.retention_raw_timers = settings.retention_raw_sets = age;
  return settings;
}

struct ShortRaw : Turns {
  ShortRaw() : Turns(raw_for(std::chrono::hours(2))) {}
};

/// What is packed of these entries, once those of the last hour have closed the others.
std::map<uint64_t, std::vector<Point>> plain(Kind kind, const std::vector<Entry>& entries, uint64_t last_ms) {
  std::map<uint64_t, std::vector<Point>> hours;
  for (const Entry& entry : entries) {
    const uint64_t hour = floor_to(Step{kHourMs}, entry.id.ms),
                   at = floor_to(Step{point_step(kind)}, entry.id.ms);
    if (hour == floor_to(Step{kHourMs}, last_ms)) continue;
    std::vector<Point>& points = hours[hour];
    if (point_step(kind) > 1 && !points.empty() && points.back().ms == at)
      points.back().delta.then(entry.delta);
    else
      points.push_back({at, entry.delta});
  }
  return hours;
}

/// Fields of an entry of the kind, in turn, or of somebody else's.
std::vector<std::string> fields_of(Kind kind, std::minstd_rand& random) {
  const auto below = [&](int64_t most) { return static_cast<int64_t>(random()) % most; };
  std::vector<std::string> fields;
  const auto visit = [&](std::string_view name, std::string text) {
    fields.emplace_back(name);
    fields.push_back(std::move(text));
  };
  if (below(50) == 0) return {"other", "1"};
  switch (kind) {
    case Kind::gauge: {
      Gauge gauge;
      gauge.apply({Fixed::whole(below(2000) - 1000), below(3) > 0},
                  kNoon + static_cast<uint64_t>(below(kDayMs)));
      gauge.fields(visit);
      return fields;
    }
    case Kind::timer: {
      Timings timings;
      for (int64_t count = below(5); count >= 0; --count) {
        const int64_t value = below(100'000);
        timings.add({static_cast<double>(value), Fixed::whole(value), Amount{1, 0}, 1024});
      }
      Delta(timings).fields(visit);
      return fields;
    }
    case Kind::set:
      Delta(Set({token_of(std::to_string(below(300))), token_of(std::to_string(below(300)))})).fields(visit);
      return fields;
    default: {
      static constexpr std::string_view kOdd[] = {"-1", "0", "2.5", "-0.000001", "9223372036854775807"};
      return {"count", below(10) == 0 ? std::string(kOdd[below(5)]) : std::to_string(below(1000))};
    }
  }
}

}  // namespace

TEST_CASE_FIXTURE(Turns, "what is packed is what the raw entries hold, of every kind") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::minstd_rand random(seed);
  for (const KindText& text : kKinds) {
    StreamId id{kNoon, 0};
    const auto grow = [&](size_t count) {
      for (size_t i = 0; i < count; ++i) {
        static constexpr uint64_t kGaps[] = {0, 0, 1, 10'000, 10'000, 10'000, 10'001, 60'000, 3 * kHourMs};
        const uint64_t gap = kGaps[random() % (random() % 30 == 0 ? 9 : 8)];
        id = gap == 0 ? StreamId{id.ms, id.sequence + 1 + random()} : StreamId{id.ms + gap, random()};
        add(text.kind, id, fields_of(text.kind, random));
      }
    };
    grow(1500);
    take(text.kind);
    grow(700);
    take(text.kind, false);  // goes on from where the packed hours end
    const auto raw = entries(text.kind, layout::stream_name(text.kind, "a"));
    CHECK(packed(text.kind) == plain(text.kind, raw, id.ms));
    CHECK(packed(text.kind).size() == length(layout::hour_name(text.kind, "a")));
  }
}

TEST_CASE_FIXTURE(Turns, "hours are packed once there is more than a page, and from the first entry on") {
  for (uint64_t i = 0; i < kPageEntries; ++i) add(Kind::counter, {kNoon + i * 60'000, 0}, {"count", "1"});
  take(Kind::counter);
  CHECK(packed(Kind::counter).empty());
  const size_t hours = length("kilometric:hour.a");
  CHECK(hours == kPageEntries / 60);
  add(Kind::counter, {kNoon + kPageEntries * 60'000, 0}, {"count", "1"});
  take(Kind::counter, false);
  CHECK(packed(Kind::counter).empty());  // nothing was closed
  take(Kind::counter, true);
  CHECK(packed(Kind::counter).size() == hours);
  CHECK(length("kilometric:hour.a") == hours);
}

TEST_CASE_FIXTURE(ShortRaw, "raw entries are trimmed where they are packed, and go on to be packed then") {
  uint64_t ms = kNoon;
  const auto grow = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) add(Kind::counter, {ms += 60'000, 0}, {"count", std::to_string(i)});
  };
  grow(kPageEntries);
  now = ms + 10 * kHourMs;
  take(Kind::counter);
  take(Kind::counter);
  CHECK(length("kilometric.a") == kPageEntries);
  grow(kPageEntries);
  const auto all = plain(Kind::counter, entries(Kind::counter, "kilometric.a"), ms);
  now = ms;
  take(Kind::counter);
  take(Kind::counter);
  CHECK(length("kilometric.a") <= 180);
  CHECK(packed(Kind::counter) == all);
  grow(70);
  take(Kind::counter, false);
  CHECK(packed(Kind::counter).size() == all.size() + 1);
}

TEST_CASE_FIXTURE(ShortRaw,
                  "a short stream that is idle is not summed again when its hours are past their age") {
  for (uint64_t hour = 0; hour < 5; ++hour) add(Kind::counter, {kNoon + hour * kHourMs, 0}, {"count", "1"});
  take(Kind::counter);
  take(Kind::counter);
  const uint64_t written = status.tier_entries_written;
  now = kNoon + 100 * kDayMs;
  take(Kind::counter);
  take(Kind::counter);
  CHECK(length("kilometric.a") == 5);
  CHECK(status.tier_entries_written == written);
}

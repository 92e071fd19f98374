#include "tests/fuzz/plain_kinds.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/last_value.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr std::string_view kCounters[] = {"a", "b"};
constexpr std::string_view kSet = "a", kAdded = "b", kMixed = "c";  // gauges
constexpr std::string_view kTimer = "a", kMembers = "a";            // one name in all kinds
constexpr int64_t kShared = 7;  ///< the value that a timer gets from each batch

/// More than a lesser one comes to that is sent with each of an input's faults.
int64_t weight_of(uint64_t number) { return int64_t{1} << (8 * number); }

bool adds(std::string_view gauge, uint64_t number) {
  return gauge == kAdded || (gauge == kMixed && number != 2);
}

std::vector<std::string> members_of(uint64_t number) {
  return {"member " + std::to_string(number), "another " + std::to_string(number)};
}

Gauge gauge_of(std::string_view key, uint64_t number, uint64_t ms) {
  Gauge gauge;
  gauge.apply({Fixed::whole(weight_of(number)), adds(key, number)}, ms);
  return gauge;
}

Timings timer_of(uint64_t number) {
  Timings timer;
  for (const int64_t value : {static_cast<int64_t>(number), kShared})
    timer.add({static_cast<double>(value), Fixed::whole(value), {1, 0}, Bins::kWhole});
  return timer;
}

Set set_of(const std::vector<std::string>& members) {
  std::vector<MemberToken> tokens;
  for (const std::string& member : members) tokens.push_back(token_of(member));
  return Set(std::move(tokens));
}

/// What our entries of a stream say, in the order of their IDs.
std::vector<Delta> entries_of(const FakeRedis& redis, Kind kind, std::string_view key) {
  const auto index = redis.indexes().find(std::string(text_of(kind).index));
  assert(index != redis.indexes().end() && index->second.contains(std::string(key)));
  const auto stream = redis.streams().find(layout::stream_name(kind, key));
  assert(stream != redis.streams().end());
  std::vector<Delta> deltas;
  for (const auto& [id, fields] : stream->second) {
    if (fields.empty()) continue;  // another writer's
    auto delta = Delta::parse(kind, [&fields = fields](std::string_view name) {
      const auto field = fields.find(name);
      return field == fields.end() ? std::nullopt : std::optional<std::string_view>(field->second);
    });
    assert(delta);
    deltas.push_back(*delta);
  }
  return deltas;
}

void check_counter(const std::vector<Delta>& entries, uint64_t batches) {
  Amount counted, expected;
  for (const Delta& entry : entries) counted += entry.counter().count;
  for (uint64_t number = 1; number <= batches; ++number) expected += {weight_of(number), 0};
  assert(counted == expected);
}

void check_gauge(std::string_view key, const std::vector<Delta>& entries, uint64_t batches) {
  Fixed added, value, expected_added, expected_value;
  uint64_t sets = 0, expected_sets = 0;
  LastValue last;
  for (Delta entry : entries) {
    added += entry.gauge().all;
    sets += entry.gauge().count;
    last.resolve(entry, UINT64_MAX);
    value = entry.gauge().last;
  }
  for (uint64_t number = 1; number <= batches; ++number) {
    const Fixed weight = Fixed::whole(weight_of(number));
    if (adds(key, number)) {
      expected_added += weight;
      expected_value += weight;
    } else {
      ++expected_sets;
      expected_value = weight;
    }
  }
  assert(added == expected_added && sets == expected_sets && value == expected_value);
}

void check_timer(const std::vector<Delta>& entries, uint64_t batches) {
  Amount count;
  Fixed sum;
  std::map<int, uint64_t> bins, expected;
  for (const Delta& entry : entries) {
    count += entry.timer().count;
    sum += entry.timer().sum;
    for (const Bins::Bin& bin : entry.timer().bins) bins[bin.number] += bin.parts;
  }
  int64_t expected_sum = 0;
  for (uint64_t number = 1; number <= batches; ++number) {
    for (const int64_t value : {static_cast<int64_t>(number), kShared}) {
      expected[bin_of(static_cast<double>(value))] += Bins::kWhole;
      expected_sum += value;
    }
  }
  assert(bins == expected && sum == Fixed::whole(expected_sum));
  assert(count == (Amount{static_cast<int64_t>(2 * batches), 0}));
}

/// An entry that is there twice does no harm to the union, but to what all entries come to.
void check_set(const std::vector<Delta>& entries, uint64_t batches) {
  Delta united{Set{}};
  int64_t held = 0;
  for (const Delta& entry : entries) {
    united.merge(entry);
    held += std::get<Amount>(*entry.stat({})).whole;
  }
  std::vector<std::string> members;
  for (uint64_t number = 1; number <= batches; ++number)
    for (const std::string& member : members_of(number)) members.push_back(member);
  assert(united == Delta(set_of(members)) && held == static_cast<int64_t>(members.size()));
}

constexpr int kEvents = 3;  ///< of a batch

/// Their keys come in no order.
std::string key_of_event(uint64_t number, int event) {
  return event_key((number * 7 + static_cast<uint64_t>(event) * 5) % 11 << 40 | number << 8 |
                   static_cast<uint64_t>(event));
}

std::string title_of(uint64_t number, int event) {
  return "event " + std::to_string(number) + "." + std::to_string(event);
}

/// Each was added once. One that was not, was sent before, and the full stream holds nothing as old.
void check_events(const FakeRedis& redis, uint64_t batches, uint64_t most_events) {
  std::map<std::string, int> added;
  for (const auto& [fields, times] : redis.added())
    if (const auto title = fields.find("title"); title != fields.end()) added[title->second] += times;
  for (uint64_t number = 1; number <= batches; ++number)
    for (int event = 0; event < kEvents; ++event) {
      const int times = added[title_of(number, event)];
      const auto stream = redis.streams().find(std::string(layout::kEvents));
      const bool full = stream != redis.streams().end() && stream->second.size() >= most_events;
      assert(times == 1 || (times == 0 && full));
    }
}

}  // namespace

void write_entries(BatchWriter& writer, uint64_t number, uint64_t ms) {
  for (const std::string_view key : kCounters) writer.add({0, Counter{{weight_of(number), 0}}, key});
  for (const std::string_view key : {kSet, kAdded, kMixed}) writer.add({0, gauge_of(key, number, ms), key});
  writer.add({0, timer_of(number), kTimer});
  writer.add({0, set_of(members_of(number)), kMembers});
  static std::vector<std::string> keys;  // which the writer looks at until it ends
  keys.clear();
  for (int event = 0; event < kEvents; ++event) keys.push_back(key_of_event(number, event));
  for (int event = 0; event < kEvents; ++event) {
    const std::string title = title_of(number, event);
    const std::string line = "_e{" + std::to_string(title.size()) + ",0}:" + title + "|";
    writer.add({0, Event{ms, line}, keys[static_cast<size_t>(event)]});
  }
}

void check_streams(const FakeRedis& redis, uint64_t batches, uint64_t most_events) {
  for (const std::string_view key : kCounters) check_counter(entries_of(redis, Kind::counter, key), batches);
  for (const std::string_view key : {kSet, kAdded, kMixed})
    check_gauge(key, entries_of(redis, Kind::gauge, key), batches);
  check_timer(entries_of(redis, Kind::timer, kTimer), batches);
  check_set(entries_of(redis, Kind::set, kMembers), batches);
  check_events(redis, batches, most_events);
}

}  // namespace kilometric

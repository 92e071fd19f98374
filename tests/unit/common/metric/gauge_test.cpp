// The gauge over its whole way, workers, hosts, late batches and hours, held against a model that keeps every
// sample and asks what the value was.
#include "common/metric/gauge.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/metric/last_value.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

using Random = std::mt19937_64;

constexpr uint64_t kInterval = 10'000;

Fixed fixed(const char* text) { return parse_fixed(text).value(); }

struct Sample {
  GaugeSample what;
  uint64_t at;
};
using Samples = std::vector<Sample>;         ///< of one worker, in the order in which they came
using Interval = std::vector<Samples>;       ///< of one host: each worker's
using EntryOfModel = std::vector<Interval>;  ///< several when batches were merged

GaugeSample set(const char* value) { return {fixed(value), false}; }
GaugeSample add(const char* value) { return {fixed(value), true}; }

Gauge gauge_of(const Samples& samples) {
  Gauge gauge;
  for (const Sample& sample : samples) gauge.apply(sample.what, sample.at);
  return gauge;
}

Gauge gauge_of(const EntryOfModel& intervals) {
  Gauge sum;
  for (const Interval& workers : intervals) {
    Gauge interval;
    for (const Samples& samples : workers) interval.merge(gauge_of(samples));
    sum.then(interval);
  }
  return sum;
}

Delta through_redis(const Delta& delta) {
  std::map<std::string, std::string, std::less<>> fields;
  delta.fields([&](std::string_view name, std::string_view text) { fields.emplace(name, text); });
  return Delta::parse(delta.kind(),
                      [&](std::string_view name) -> std::optional<std::string_view> {
                        const auto found = fields.find(name);
                        return found == fields.end() ? std::nullopt
                                                     : std::optional<std::string_view>(found->second);
                      })
      .value();
}

/// Keeps the value and the time of its last set, and goes through all samples.
class Model {
 public:
  /// The values that are counted of an entry, the last one being the value after it.
  void read(const EntryOfModel& entry) {
    counted_.clear();
    Fixed added;
    bool sets = false;
    for (const Interval& workers : entry) {
      const Sample* newest = nullptr;
      Fixed since;
      for (const Samples& samples : workers) {
        const Sample* last = nullptr;
        Fixed own;
        for (const Sample& sample : samples) {
          if (sample.what.adds) {
            own += sample.what.value;
            continue;
          }
          own = {};
          last = &sample;
          counted_.push_back(sample.what.value);
          sets = true;
        }
        if (last != nullptr && (newest == nullptr || last->at > newest->at ||
                                (last->at == newest->at && last->what.value > newest->what.value)))
          newest = last;
        since += own;
      }
      if (newest != nullptr && newest->at >= at_) {
        value_ = newest->what.value;
        at_ = newest->at;
      }
      value_ += since;
      added += since;
    }
    if (!sets || added != Fixed{}) counted_.push_back(value_);
  }

  Fixed value() const { return value_; }
  const std::vector<Fixed>& counted() const { return counted_; }

 private:
  Fixed value_;
  uint64_t at_ = 0;
  std::vector<Fixed> counted_;
};

Fixed sum_of(const std::vector<Fixed>& values) {
  Fixed sum;
  for (const Fixed& value : values) sum += value;
  return sum;
}

void check_against(const Gauge& gauge, Fixed last, const std::vector<Fixed>& counted) {
  REQUIRE(to_text(gauge.last) == to_text(last));
  REQUIRE(gauge.count == counted.size());
  REQUIRE(to_text(gauge.sum) == to_text(sum_of(counted)));
  REQUIRE(to_text(gauge.min) == to_text(*std::ranges::min_element(counted)));
  REQUIRE(to_text(gauge.max) == to_text(*std::ranges::max_element(counted)));
  REQUIRE(gauge.all == Fixed{});
}

Sample random_sample(Random& random, uint64_t begin) {
  const Fixed value{(Wide{static_cast<int64_t>(random())} << (random() % 30)) >> (random() % 64)};
  return {{value, random() % 3 != 0}, begin + random() % kInterval};
}

Interval random_interval(Random& random, uint64_t begin) {
  Interval workers(1 + random() % 3);
  for (Samples& samples : workers) {
    for (size_t left = random() % 4; left > 0; --left) samples.push_back(random_sample(random, begin));
    std::ranges::stable_sort(samples, {}, &Sample::at);
  }
  if (std::ranges::all_of(workers, &Samples::empty)) workers[0].push_back(random_sample(random, begin));
  return workers;
}

/// The entries of two hosts in the order of their IDs. One of them may be away for some time: then its entries
/// come late, some of them made into one.
std::vector<EntryOfModel> random_entries(Random& random) {
  std::vector<EntryOfModel> entries;
  std::array<std::vector<EntryOfModel>, 2> kept;
  for (uint64_t number = 1; number <= 40; ++number)
    for (size_t host = 0; host < kept.size(); ++host) {
      const Interval interval = random_interval(random, number * kInterval);
      const bool merges = !kept[host].empty() && random() % 3 == 0;
      if (merges)
        kept[host].back().push_back(interval);
      else
        kept[host].push_back({interval});
      if (random() % 4 == 0 && number < 40) continue;  // away
      entries.insert(entries.end(), kept[host].begin(), kept[host].end());
      kept[host].clear();
    }
  return entries;
}

}  // namespace

TEST_CASE("gauge: what entries say, resolved, is what every single sample says") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Model model;
    LastValue last;
    for (const EntryOfModel& entry : random_entries(random)) {
      Delta delta = through_redis(gauge_of(entry));
      last.resolve(delta, kMaxValue);
      model.read(entry);
      check_against(delta.gauge(), model.value(), model.counted());
    }
  }
}

TEST_CASE("gauge: hours hold the value at their end, and what follows builds on them") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Model model;
    LastValue last;
    std::optional<Delta> hour;
    std::vector<Fixed> counted;
    for (const EntryOfModel& entry : random_entries(random)) {
      if (hour && random() % 5 == 0) {  // the hour ends; whoever goes on knows only its entry
        check_against(hour->gauge(), model.value(), counted);
        last = LastValue(through_redis(*hour));
        hour.reset();
        counted.clear();
      }
      Delta delta = gauge_of(entry);
      last.resolve(delta, kMaxValue);
      if (hour)
        hour->then(delta);
      else
        hour = delta;
      model.read(entry);
      counted.insert(counted.end(), model.counted().begin(), model.counted().end());
    }
  }
}

TEST_CASE("gauge: a set forgets what its worker added before, and not what others add") {
  Gauge worker = gauge_of({{add("5"), 1}, {set("10"), 2}, {add("-0.5"), 3}, {add("2"), 4}});
  CHECK(to_text(worker.last) == "11.5");
  CHECK(worker.at == 2);
  CHECK(to_text(worker.all) == "1.5");
  worker.merge(gauge_of({{add("100"), 1}}));
  CHECK(to_text(worker.last) == "111.5");
  worker.merge(gauge_of({{set("20"), 3}, {set("7"), 3}}));
  CHECK(to_text(worker.last) == "108.5");
  CHECK(worker.at == 3);
  CHECK(worker.count == 3);
  CHECK(to_text(worker.sum) == "37");
}

TEST_CASE("gauge: a set that comes late changes all but the last value") {
  Gauge late = gauge_of({{set("3"), 5}, {add("1"), 6}});
  late.resolve(gauge_of({{set("50"), 7}}), 100);
  CHECK(to_text(late.last) == "51");
  CHECK(late.at == 7);
  CHECK(to_text(late.min) == "3");
  CHECK(to_text(late.max) == "51");
  CHECK(late.count == 2);
}

TEST_CASE(
    "gauge: what is only added to begins at 0, and a clock that was wrong does not hold the value for ever") {
  LastValue last;
  Delta first = gauge_of({{add("-4"), 5}});
  last.resolve(first, 10);
  CHECK(to_text(first.gauge().last) == "-4");
  Delta wrong = gauge_of({{set("8"), 10'000'000}}), next = gauge_of({{set("9"), 3'700'000}});
  last.resolve(wrong, 20);
  last.resolve(next, 3'700'010);
  CHECK(to_text(next.gauge().last) == "9");
}

TEST_CASE("gauge: what cancels out is a value, nothing at all is none") {
  const Gauge cancelled = gauge_of({{add("4"), 5}, {add("-4"), 6}});
  CHECK_FALSE(cancelled.says_nothing());
  CHECK(Gauge{}.says_nothing());
  Gauge nothing;
  nothing.shift_times(1'000);
  CHECK(nothing.says_nothing());
  Gauge shifted = cancelled;
  shifted.shift_times(1'000);
  CHECK(shifted.at == 1'006);
}

TEST_CASE("gauge: statistics") {
  const Gauge gauge = gauge_of({{set("1"), 1}, {set("2"), 2}, {set("-2.000000000001"), 3}});
  const auto text_of_stat = [&](Stat::Of of) { return to_text(gauge.stat({of}).value()); };
  CHECK(text_of_stat(Stat::Of::last) == "-2.000000000001");
  CHECK(text_of_stat(Stat::Of::min) == "-2.000000000001");
  CHECK(text_of_stat(Stat::Of::max) == "2");
  CHECK(text_of_stat(Stat::Of::mean) == "0.333333333333");
  CHECK_FALSE(gauge.stat({Stat::Of::rate}));
  CHECK_FALSE(gauge.stat({Stat::Of::sum}));
}

TEST_CASE("gauge: the sum of several") {
  Delta sum = gauge_of({{set("1"), 1}, {set("2"), 2}});
  sum.unite(gauge_of({{set("10"), 9}}));
  sum.unite(gauge_of({{set("-4"), 3}, {set("4"), 4}}));
  CHECK(to_text(sum.stat({Stat::Of::last}).value()) == "16");
  CHECK(to_text(sum.stat({Stat::Of::mean}).value()) == "11.5");
}

TEST_CASE("gauge: an entry that is none") {
  using Fields = std::map<std::string, std::string, std::less<>>;
  const Fields whole{{"last", "1"}, {"at", "5"}, {"min", "1"}, {"max", "1"}, {"sum", "1"}, {"count", "1"}};
  const auto parsed = [](const Fields& fields) {
    return Gauge::parse([&](std::string_view name) -> std::optional<std::string_view> {
      const auto found = fields.find(name);
      return found == fields.end() ? std::nullopt : std::optional<std::string_view>(found->second);
    });
  };
  using Bad = std::multimap<std::string, std::string>;
  REQUIRE(parsed(whole));
  for (const auto& [name, text] : Bad{{"last", ""},
                                      {"last", "1e3"},
                                      {"at", "-5"},
                                      {"at", "5.0"},
                                      {"count", "0"},
                                      {"count", "-1"},
                                      {"min", "x"},
                                      {"sum", "nan"},
                                      {"add", "1e3"},
                                      {"count", "18446744073709551616"}}) {
    CAPTURE(name);
    Fields fields = whole;
    fields[name] = text;
    CHECK_FALSE(parsed(fields));
  }
}

TEST_CASE("gauge: one that was set once takes few bytes in a batch, and bytes that are none are refused") {
  std::array<std::byte, Gauge::kMostBytes> bytes{};
  const Gauge once = gauge_of({{set("42"), 1'603'303'541'000}});
  const std::byte* const end = once.put(bytes.data());
  CHECK(end - bytes.data() == 14);
  Gauge again;
  bytes[0] = std::byte{4};  // one value was set, but nothing was
  CHECK(Gauge::get(bytes.data(), end, again) == nullptr);
  bytes[0] = std::byte{8};
  CHECK(Gauge::get(bytes.data(), end, again) == nullptr);
  std::ranges::fill(bytes, std::byte{0});
  bytes[0] = std::byte{1};  // set, all zero, no count
  CHECK(Gauge::get(bytes.data(), bytes.data() + bytes.size(), again) == nullptr);
}

// How far a timer's statistics are from exact ones, when its samples went through many hands: workers,
// intervals, batches, entries, hosts, hours.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/metric/kind.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

using Random = std::mt19937_64;

struct Sent {
  double value;
  double rate;
};

/// As the parser makes it.
TimerSample sample_of(const Sent& sent) {
  const long double weight = 1 / static_cast<long double>(sent.rate);
  const auto millionths = static_cast<int64_t>(std::llround(weight * kMillion));
  const long double units = sent.value * weight * static_cast<long double>(Fixed::kOne);
  return {sent.value,
          {static_cast<Wide>(std::round(units))},
          {millionths / kMillion, millionths % kMillion},
          static_cast<uint64_t>(std::llround(weight * Bins::kWhole))};
}

/// All that was sent, in order of the values, and how much weight there is up to each.
class Exact {
 public:
  explicit Exact(std::vector<Sent> sent) : sent_(std::move(sent)) {
    std::ranges::sort(sent_, {}, &Sent::value);
    for (const Sent& one : sent_) up_to_.push_back(all() + 1 / one.rate);
  }
  double all() const { return up_to_.empty() ? 0 : up_to_.back(); }
  double min() const { return sent_.front().value; }
  double max() const { return sent_.back().value; }

  /// Whether `value` is at most 1.1 % away from one whose rank is at most a thousandth of all away from `rank`.
  bool has_near(double value, double rank) const {
    const auto begin = at_rank(rank - all() / 1'000), end = at_rank(rank + all() / 1'000) + 1;
    const auto above = std::ranges::lower_bound(begin, end, value, {}, &Sent::value);
    const auto is_near = [&](const Sent& one) {
      return std::abs(one.value - value) <= std::max(0.011 * std::abs(one.value), 0x1p-30);
    };
    return (above != end && is_near(*above)) || (above != begin && is_near(*(above - 1)));
  }

 private:
  std::vector<Sent>::const_iterator at_rank(double rank) const {
    const auto at = std::ranges::lower_bound(up_to_, rank - 1e-9 * all()) - up_to_.begin();
    return sent_.begin() + std::min<ptrdiff_t>(at, static_cast<ptrdiff_t>(sent_.size()) - 1);
  }

  std::vector<Sent> sent_;
  std::vector<double> up_to_;
};

/// Through an entry of a stream, a batch, or none.
Timings carried(const Timings& timer, Random& random) {
  const Delta delta(timer);
  if (random() % 3 == 0) {
    std::map<std::string, std::string, std::less<>> entry;
    delta.fields([&](std::string_view name, std::string_view text) { entry.emplace(name, text); });
    const auto find = [&](std::string_view name) -> std::optional<std::string_view> {
      return entry.find(name)->second;
    };
    return Delta::parse(Kind::timer, find).value().timer();
  }
  if (random() % 2 == 0) return timer;
  std::vector<std::byte> batch(Delta::kMostBytes);
  Delta again;
  REQUIRE(Delta::get(Kind::timer, batch.data(), delta.put(batch.data()), again) != nullptr);
  return again.timer();
}

/// Put together of parts at random, and these in random order.
Timings timer_of(const std::vector<Sent>& sent, Random& random) {
  std::vector<Timings> parts(1 + random() % 40);
  for (const Sent& one : sent) parts[random() % parts.size()].add(sample_of(one));
  while (parts.size() > 1) {
    std::swap(parts[random() % parts.size()], parts.back());
    const Timings part = carried(parts.back(), random);
    parts.pop_back();
    Timings& other = parts[random() % parts.size()];
    if (random() % 2 == 0)
      other.merge(part);
    else
      other.then(part);
  }
  return carried(parts.front(), random);
}

void check(const std::vector<Sent>& sent, Random& random) {
  const Timings timer = timer_of(sent, random);
  Amount count;
  Fixed sum;
  long double sum_by_values = 0, sum_of_sizes = 0;
  for (const Sent& one : sent) {
    const TimerSample sample = sample_of(one);
    count += sample.weight;
    sum += sample.weighted;
    sum_by_values += static_cast<long double>(one.value) / one.rate;
    sum_of_sizes += std::abs(static_cast<long double>(one.value)) / one.rate;
  }
  const Exact exact(sent);
  REQUIRE(timer.count.normalized() == count.normalized());
  REQUIRE(timer.sum == sum);
  REQUIRE(std::abs(static_cast<long double>(timer.sum.number()) - sum_by_values) <=
          static_cast<long double>(sent.size()) * 1e-12L + sum_of_sizes * 1e-15L);
  REQUIRE(timer.min == exact.min());
  REQUIRE(timer.max == exact.max());
  for (int permille = 0; permille <= 1'000; permille += permille < 990 ? 10 : 1) {
    CAPTURE(permille);
    const double quantile = permille / 1'000.0;
    const double rank = std::max(1.0, std::floor(quantile * exact.all() + 0.5));
    const double value = std::get<double>(timer.stat({Stat::Of::quantile, quantile}).value());
    CAPTURE(value);
    REQUIRE(exact.has_near(value, rank));
  }
}

using Draw = std::function<double(Random&)>;

double normal(Random& random) { return std::normal_distribution<double>()(random); }
double uniform(Random& random) { return std::uniform_real_distribution<double>(0, 1)(random); }

const std::pair<const char*, Draw> kDistributions[] = {
    {"constant", [](Random&) { return 12.3; }},
    {"uniform", [](Random& random) { return 1'000 * uniform(random); }},
    {"nine decades", [](Random& random) { return std::exp(std::log(1e9) / 6 * normal(random)); }},
    {"two humps",
     [](Random& random) { return random() % 10 == 0 ? 500 + 20 * normal(random) : 5 + normal(random); }},
    {"whole numbers", [](Random& random) { return std::floor(60 * uniform(random) * uniform(random)); }},
    {"negative", [](Random& random) { return -std::exp(3 * normal(random)); }},
    {"both signs", [](Random& random) { return 100 * normal(random); }},
    {"a heavy tail", [](Random& random) { return std::min(0x1p53, std::pow(1 - uniform(random), -1 / 0.9)); }},
    {"tiny", [](Random& random) { return 1e-6 * uniform(random) * (random() % 3 == 0 ? 1e-4 : 1); }},
    {"mostly zero",
     [](Random& random) { return random() % 5 == 0 ? std::round(1e5 * uniform(random)) / 1e3 : 0; }},
};

/// All of them at `rate`; with 0 each at one of several.
std::vector<Sent> draw(const Draw& value, size_t samples, double rate, Random& random) {
  constexpr std::array<double, 6> kRates{1, 0.7, 0.5, 0.3, 0.1, 0.01};
  std::vector<Sent> sent;
  for (size_t i = 0; i < samples; ++i)
    sent.push_back({value(random), rate > 0 ? rate : kRates[random() % kRates.size()]});
  return sent;
}

void check_all(size_t samples, std::initializer_list<double> rates) {
  for (const auto& [name, value] : kDistributions)
    for (const double rate : rates) {
      CAPTURE(name);
      CAPTURE(samples);
      CAPTURE(rate);
      Random random(samples);
      check(draw(value, samples, rate, random), random);
    }
}

}  // namespace

TEST_CASE("timers: every quantile is at most 1.1 % from an exact one, count, sum and extremes are exact") {
  for (const unsigned samples : {10U, 37U, 100U, 300U, 1'000U, 3'000U})
    check_all(samples, {1, 0.7, 0.3, 0.1, 0.01, 0});
  check_all(20'000, {1, 0});
}

TEST_CASE("timers: so it is with a million samples") {
  Random random(1);
  for (const size_t which : {size_t{2}, size_t{6}})
    check(draw(kDistributions[which].second, 1'000'000, 0, random), random);
}

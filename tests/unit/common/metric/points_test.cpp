#include "common/metric/points.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "common/metric/bin.h"
#include "common/metric/each_sum.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

using Points = std::vector<Point>;
using Random = std::mt19937_64;

constexpr uint64_t kStart = 1'603'303'200'000;  // 18:00 UTC
constexpr uint64_t kHour = 3'600'000;

Delta random_counter(Random& random) {
  const auto bits = random() % 64;
  const auto any = [&] { return static_cast<int64_t>(random() >> bits) * (random() % 4 == 0 ? -1 : 1); };
  return Counter{{any(), random() % 3 == 0 ? any() % kMillion : 0}};
}

/// Sets and adds as they come, with times of clocks that are right or wrong.
Delta random_gauge(Random& random, uint64_t ms) {
  Gauge gauge;
  const auto bits = random() % 50;
  for (auto samples = 1 + random() % 3; samples > 0; --samples) {
    const Fixed value{Wide{static_cast<int64_t>(random()) >> bits} * (random() % 2 == 0 ? 1 : Fixed::kOne)};
    gauge.apply({value, random() % 3 == 0}, random() % 8 == 0 ? random() | 1 : ms - random() % 10'000);
  }
  return gauge;
}

Delta random_timer(Random& random) {
  Timings timer;
  for (auto samples = 1 + random() % 20; samples > 0; --samples) {
    const double value = std::ldexp(static_cast<double>(random() % 100'000), -static_cast<int>(random() % 10));
    timer.add({value, Fixed{static_cast<Wide>(value * 1e12)}, {1, 0}, Bins::kWhole});
  }
  return timer;
}

Delta random_set(Random& random) {
  std::vector<MemberToken> tokens;
  for (auto members = 1 + random() % 400; members > 0; --members)
    tokens.push_back(token_of(std::to_string(random() % 1'000)));
  return Set(tokens);
}

Delta random_delta(Kind kind, Random& random, uint64_t ms) {
  switch (kind) {
    case Kind::gauge:
      return random_gauge(random, ms);
    case Kind::timer:
      return random_timer(random);
    case Kind::set:
      return random_set(random);
    default:
      return random_counter(random);
  }
}

/// Regular or not, several at once or not.
Points random_points(Kind kind, Random& random, uint64_t start) {
  Points points;
  const uint64_t step = point_step(kind), most = 2 * kHour / step / (1 + random() % 60);
  uint64_t ms = random() % kHour / step * step;
  while (ms < kHour && points.size() < 500) {
    points.push_back({start + ms, random_delta(kind, random, start + ms)});
    ms += step == 1 ? random() % (most + 1) : (1 + random() % most) * step;
  }
  return points;
}

/// One entry every ten seconds.
template <class DeltaOf>
Points regular(DeltaOf delta_of) {
  Points points;
  for (uint64_t ms = 3'750; ms < kHour; ms += 10'000) points.push_back({kStart + ms, delta_of(kStart + ms)});
  return points;
}

double bytes_a_point(Kind kind, const Points& points) {
  const std::string packed = pack(kind, kStart, points);
  REQUIRE(unpack(kind, kStart, packed) == points);
  return static_cast<double>(packed.size()) / static_cast<double>(points.size());
}

Delta counter(int64_t count) { return Counter{{count, 0}}; }

Delta gauge(Fixed value, uint64_t at) {
  Gauge gauge;
  gauge.apply({value, false}, at);
  return gauge;
}

}  // namespace

TEST_CASE("whatever the points of an hour are, they are unpacked as they were") {
  Random random(3);
  for (const KindText& text : kKinds)
    for (int turn = 0; turn < 300; ++turn) {
      const uint64_t start = turn % 8 == 0 ? random() / kHour * kHour : kStart;
      const Points points = random_points(text.kind, random, start);
      REQUIRE(unpack(text.kind, start, pack(text.kind, start, points)) == points);
    }
}

TEST_CASE("an hour may have one entry, and 72,000") {
  Random random(4);
  for (const size_t count : {size_t{1}, size_t{72'000}, kMostPoints}) {
    Points points;
    for (size_t i = 0; i < count; ++i) points.push_back({kStart + i * kHour / count, random_counter(random)});
    CHECK(unpack(Kind::counter, kStart, pack(Kind::counter, kStart, points)) == points);
  }
  const Points last{{kStart + kHour - 1, counter(-1)},
                    {kStart + kHour - 1, counter(std::numeric_limits<int64_t>::min())}};
  CHECK(unpack(Kind::counter, kStart, pack(Kind::counter, kStart, last)) == last);
}

TEST_CASE("counters and gauges take few bytes a point") {
  Random random(5);
  const auto below_10000 = [&](uint64_t) { return counter(static_cast<int64_t>(random() % 10'000)); };
  CHECK(bytes_a_point(Kind::counter, regular(below_10000)) <= 2);
  CHECK(bytes_a_point(Kind::counter, regular([](uint64_t) { return counter(42); })) <= 0.1);
  const auto seldom = [&](uint64_t) { return counter(random() % 60 == 0 ? 1'000'000 : 0); };
  CHECK(bytes_a_point(Kind::counter, regular(seldom)) <= 0.3);

  Points original = regular(below_10000);  // its times are late by some ms, and once it was away
  for (Point& point : original) point.ms += random() % 8;
  original.erase(original.begin() + 100, original.begin() + 150);
  CHECK(bytes_a_point(Kind::counter, original) <= 3);

  const auto whole = [&](uint64_t ms) {
    return gauge(Fixed::whole(static_cast<int64_t>(random() % 10'000)), ms - 250);
  };
  const auto cents = [&](uint64_t ms) {
    return gauge({Wide{random() % 1'000'000} * (Fixed::kOne / 100)}, ms - 250);
  };
  CHECK(bytes_a_point(Kind::gauge, regular(whole)) <= 2);
  CHECK(bytes_a_point(Kind::gauge, regular(cents)) <= 3);
  CHECK(bytes_a_point(Kind::gauge, regular([](uint64_t ms) { return gauge(Fixed::whole(7), ms - 250); })) <=
        0.2);
}

TEST_CASE("what the points of each period add up to is what they do one by one") {
  Random random(9);
  for (int turn = 0; turn < 600; ++turn) {
    const Points points = turn % 3 == 0 ? regular([&](uint64_t) { return random_counter(random); })
                                        : random_points(Kind::counter, random, kStart);
    const uint64_t period = 1 + random() % (random() % 4 == 0 ? 2 * kHour : 60'000);
    const auto end_of = [&](uint64_t ms) { return ms - ms % period + period; };
    Points expected, sums;
    for (const Point& point : points) {
      if (expected.empty() || end_of(expected.back().ms) != end_of(point.ms))
        expected.push_back(point);
      else
        expected.back().ms = point.ms, expected.back().delta.then(point.delta);
    }
    const auto use = [&](uint64_t ms, const Counter& sum) { sums.push_back({ms, sum}); };
    std::string packed = pack(Kind::counter, kStart, points);
    REQUIRE(each_sum(kStart, packed, end_of, use));
    REQUIRE(sums == expected);
    packed[random() % packed.size()] ^= static_cast<char>(1 << random() % 8);
    REQUIRE_FALSE(each_sum(kStart, packed, end_of, use));
  }
}

TEST_CASE("the examples of docs/formats/points.md are what pack() makes") {
  using namespace std::string_literals;
  const Points counts{{kStart + 4'893, counter(42)},
                      {kStart + 14'893, counter(40)},
                      {kStart + 24'893, counter(45)},
                      {kStart + 34'893, counter(42)}};
  CHECK(pack(Kind::counter, kStart, counts) ==
        "\x01\x01\x04\x03\xBA\x4C\x00\xA0\x9C\x01\x01\x50\x02\x03\x42\xA0\x00\x00\x96\x4B\x7C\x4F"s);
  CHECK(pack(Kind::counter, kStart, Points{{kStart + 4'893, Counter{{2, 500'000}}}}) ==
        "\x01\x01\x01\x00\xBA\x4C\x00\x04\x00\xC0\x84\x3D\xB3\xB7\x70\xDE"s);
  Gauge added;
  added.apply({Fixed::whole(-3), true}, kStart + 14'500);
  const Points gauges{{kStart + 4'893, gauge(Fixed::whole(42), kStart + 4'000)}, {kStart + 14'893, added}};
  CHECK(pack(Kind::gauge, kStart, gauges) ==
        "\x01\x02\x02\x03\xBA\x4C\x00\xA0\x9C\x01\x03\x02\x00\x01\x03\xFA\x0D\x00\xE7\x07\x03\x80\x80\xA5\xB1"
        "\xDC\x8C"
        "\x13\x00\xFF\xFF\xA4\xB1\xDC\x8C\x13\x03\x00\x00\xFF\xBF\xF9\xDE\xCF\xAE\x01\x00\x00\x00\x00\x00\x00"
        "\x04\x97"
        "\x25\x63"s);
}

TEST_CASE("what is damaged, cut, of another kind or version is not unpacked") {
  Random random(6);
  for (const KindText& text : kKinds) {
    const std::string packed = pack(text.kind, kStart, random_points(text.kind, random, kStart));
    const std::string_view whole = packed;
    for (size_t turn = 0; turn < 300; ++turn) {
      CHECK_FALSE(unpack(text.kind, kStart, whole.substr(0, random() % packed.size())));
      std::string damaged = packed;
      damaged[random() % packed.size()] ^= static_cast<char>(1 << random() % 8);
      CHECK_FALSE(unpack(text.kind, kStart, damaged));
    }
    CHECK_FALSE(unpack(text.kind, kStart, packed + '\0'));
    for (const KindText& other : kKinds)
      if (other.kind != text.kind) CHECK_FALSE(unpack(other.kind, kStart, packed));
  }
  CHECK_FALSE(unpack(Kind::counter, kStart, ""));
}

TEST_SUITE_END();

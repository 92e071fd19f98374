// What kind.h promises of every kind, held against random deltas. Each round has a seed of its own, which a
// failure prints.
#include "common/metric/kind.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

using Random = std::mt19937_64;
using Fields = std::map<std::string, std::string, std::less<>>;

constexpr unsigned kRounds = 2'000;

/// Of any size, with small numbers, both ends and their neighbours often among them.
int64_t random_number(Random& random) {
  const uint64_t bits = random();
  switch (random() % 4) {
    case 0:
      return static_cast<int64_t>(bits % 7) - 3;
    case 1:
      return static_cast<int64_t>((uint64_t{1} << 63) + bits % 7 - 3);  // around the place where it wraps
    default:
      return static_cast<int64_t>(bits) >> (random() % 64);
  }
}

/// As cells add up to: of both parts each may be anything.
Counter random_counter(Random& random) {
  if (random() % 8 == 0) {  // a whole part that the millionths undo
    const int64_t whole = random_number(random) % 1'000'000;
    return {{whole, -whole * kMillion}};
  }
  return {{random_number(random), random() % 2 == 0 ? 0 : random_number(random)}};
}

/// A few samples, or none, of any size and sign, with weights of all kinds.
Timings random_timer(Random& random) {
  Timings timer;
  for (uint64_t left = random() % 4 == 0 ? random() % 60 : random() % 4; left > 0; --left) {
    const double value =
        std::ldexp(static_cast<double>(random_number(random) >> 10), -static_cast<int>(random() % 90));
    const Amount weight{1 + static_cast<int64_t>(random() % 3), random() % 2 == 0 ? 0 : 333'333};
    const Fixed weighted{Wide{random_number(random)} << random() % 40};
    timer.add({value, weighted, weight, 1 + random() % 3'000});
  }
  return timer;
}

/// Few members, about as many as are counted exactly, or many; of different sets some are the same.
Set random_set(Random& random) {
  const unsigned sizes[] = {0, 5, 130, 300, 300, 100'000};
  const auto most = sizes[random() % 100 == 0 ? 5 : random() % 5];
  std::vector<MemberToken> tokens(random() % (most + 1));
  for (MemberToken& token : tokens)
    token = token_of_hash(random() % 2 == 0 ? random() : (random() % 300) * 0x9E37'79B9'7F4A'7C15);
  return Set(tokens);
}

Fixed random_fixed(Random& random) {
  if (random() % 2 == 0) return Fixed::whole(random_number(random) % kMaxValue);
  return {Wide{random_number(random)} << (random() % 64)};
}

/// A time that others often share.
uint64_t random_time(Random& random) { return random() % 4 == 0 ? random() : random() % 5; }

Gauge random_gauge(Random& random) {
  Gauge gauge;
  gauge.at = random_time(random);
  if (random() % 2 == 0) gauge.all = random_fixed(random);
  if (random() % 3 == 0) return gauge;  // nothing was set
  gauge.last = random_fixed(random);
  gauge.min = gauge.max = gauge.sum = gauge.last - gauge.all;
  gauge.count = 1;
  if (random() % 2 == 0) return gauge;
  for (Fixed* value : {&gauge.min, &gauge.max, &gauge.sum}) *value = random_fixed(random);
  gauge.count = std::max<uint64_t>(static_cast<uint64_t>(random_number(random)), 1);
  return gauge;
}

Delta random_delta(Kind kind, Random& random) {
  switch (kind) {
    case Kind::counter:
      return random_counter(random);
    case Kind::gauge:
      return random_gauge(random);
    case Kind::timer:
      return random_timer(random);
    case Kind::set:
      return random_set(random);
    default:
      break;
  }
  FAIL("no random deltas of this kind");
  return {};
}

/// What a second, plain way says about `delta`.
bool is_zero(const Delta& delta) {
  switch (delta.kind()) {
    case Kind::counter: {
      const Amount& count = delta.counter().count;
      return Wide{count.whole} * kMillion + count.millionths == 0;
    }
    case Kind::gauge:
      return delta == Gauge{};
    case Kind::timer:
      return delta.timer() == Timings{};
    case Kind::set:
      return delta == Set();
    default:
      break;
  }
  FAIL("no plain way for this kind");
  return false;
}

/// The same in the form that an entry gives it.
Delta in_its_form(const Delta& delta) {
  switch (delta.kind()) {
    case Kind::counter:
      return Counter{delta.counter().count.normalized()};
    case Kind::gauge:
      return delta;
    case Kind::timer: {
      Timings timer = delta.timer();
      timer.count = timer.count.normalized();
      return timer;
    }
    case Kind::set:
      return delta;
    default:
      break;
  }
  FAIL("no form for this kind");
  return {};
}

/// What squares add up to depends on their order, in the last digits of a double. All else is exact.
bool same(const Delta& one, const Delta& other) {
  if (one.kind() != Kind::timer || other.kind() != Kind::timer) return one == other;
  Timings timer = one.timer();
  const double sq = other.timer().sq;
  if (std::abs(timer.sq - sq) <= 1e-12 * sq) timer.sq = sq;
  return timer == other.timer();
}

Delta merged(Delta one, const Delta& other) {
  one.merge(other);
  return one;
}

Delta put_behind(Delta earlier, const Delta& later) {
  earlier.then(later);
  return earlier;
}

Fields fields_of(const Delta& delta) {
  Fields fields;
  delta.fields([&](std::string_view name, std::string_view text) { fields.emplace(name, text); });
  return fields;
}

std::optional<Delta> parsed(Kind kind, const Fields& fields) {
  return Delta::parse(kind, [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return found->second;
  });
}

/// A gauge that was set need not have been added to.
bool may_be_missing(Kind kind, const Fields& fields, std::string_view name) {
  return kind == Kind::gauge && name == "add" && fields.contains("last");
}

/// Calls `check(kind, random)` many times for every kind.
template <class Check>
void for_every_kind(Check check) {
  for (const KindText& text : kKinds)
    for (unsigned seed = 0; seed < kRounds; ++seed) {
      const std::string_view name = text.name;
      CAPTURE(name);
      CAPTURE(seed);
      Random random(seed);
      check(text.kind, random);
    }
}

}  // namespace

TEST_CASE("every kind: merge is associative and commutative") {
  for_every_kind([](Kind kind, Random& random) {
    const Delta a = random_delta(kind, random), b = random_delta(kind, random), c = random_delta(kind, random);
    REQUIRE(same(merged(a, b), merged(b, a)));
    REQUIRE(same(merged(merged(a, b), c), merged(a, merged(b, c))));
  });
}

TEST_CASE("every kind: then is associative") {
  for_every_kind([](Kind kind, Random& random) {
    const Delta a = random_delta(kind, random), b = random_delta(kind, random), c = random_delta(kind, random);
    REQUIRE(same(put_behind(put_behind(a, b), c), put_behind(a, put_behind(b, c))));
  });
}

TEST_CASE("every kind: parse undoes fields") {
  for_every_kind([](Kind kind, Random& random) {
    const Delta delta = random_delta(kind, random);
    const std::optional<Delta> again = parsed(kind, fields_of(delta));
    REQUIRE(again == in_its_form(delta));
    REQUIRE(parsed(kind, fields_of(*again)) == again);
  });
}

TEST_CASE("every kind: an entry tells whether the delta says nothing") {
  for_every_kind([](Kind kind, Random& random) {
    const Delta delta = random_delta(kind, random);
    REQUIRE(delta.says_nothing() == is_zero(delta));
    REQUIRE(parsed(kind, fields_of(delta)).value().says_nothing() == delta.says_nothing());
  });
}

TEST_CASE("every kind: without one of its fields an entry is none of the kind, and others do no harm") {
  for_every_kind([](Kind kind, Random& random) {
    const Fields fields = fields_of(random_delta(kind, random));
    Fields more = fields;
    more.emplace("host", "a");
    REQUIRE(parsed(kind, more) == parsed(kind, fields));
    for (const auto& [name, text] : fields) {
      Fields less = fields;
      less.erase(name);
      if (!may_be_missing(kind, fields, name)) REQUIRE_FALSE(parsed(kind, less));
    }
  });
}

TEST_CASE("every kind: get undoes put, and what is cut is refused") {
  for_every_kind([](Kind kind, Random& random) {
    const Delta delta = random_delta(kind, random);
    std::array<std::byte, Delta::kMostBytes> bytes{};
    const std::byte* const end = delta.put(bytes.data());
    REQUIRE(end > bytes.data());
    REQUIRE(end <= bytes.data() + bytes.size());
    Delta again;
    REQUIRE(Delta::get(kind, bytes.data(), end, again) == end);
    REQUIRE(again == delta);
    for (const std::byte* cut = bytes.data(); cut < end; ++cut)
      REQUIRE(Delta::get(kind, bytes.data(), cut, again) == nullptr);
  });
}

TEST_CASE("every kind: what a batch holds has the fields that the delta has, in their order") {
  for_every_kind([](Kind kind, Random& random) {
    const Delta delta = random_delta(kind, random);
    std::array<std::byte, Delta::kMostBytes> bytes{};
    const std::byte* const end = delta.put(bytes.data());
    REQUIRE(Delta::pass(kind, bytes.data(), end) == end);
    for (const std::byte* cut = bytes.data(); cut < end; ++cut)
      REQUIRE(Delta::pass(kind, bytes.data(), cut) == nullptr);
    std::vector<std::pair<std::string, std::string>> own, stored;
    delta.fields([&](std::string_view name, std::string_view text) { own.emplace_back(name, text); });
    Delta::fields_of(kind, bytes.data(), bytes.data() + bytes.size(),
                     [&](std::string_view name, std::string_view text) { stored.emplace_back(name, text); });
    REQUIRE(stored == own);
  });
}

TEST_CASE("the numbers of kinds are their places in the table, and their names in Redis are their own") {
  std::vector<std::string_view> names;
  for (const KindText& text : kKinds) {
    CHECK(kind_of(static_cast<uint64_t>(text.kind)) == text.kind);
    CHECK(&text_of(text.kind) == &text);
    for (const std::string_view name :
         {text.stream_prefix, text.points_prefix, text.hour_prefix, text.day_prefix, text.index})
      names.push_back(name);
  }
  CHECK_FALSE(kind_of(0));
  CHECK(kind_of(static_cast<uint64_t>(kKinds.back().kind) + 1) == Kind::event);
  CHECK_FALSE(kind_of(static_cast<uint64_t>(Kind::event) + 1));
  CHECK_FALSE(kind_of(256 + 1));
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
}

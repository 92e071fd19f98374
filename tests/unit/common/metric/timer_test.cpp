#include "common/metric/timer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

/// Of samples without a rate.
Timings timer_of(const std::vector<double>& values) {
  Timings timer;
  for (const double value : values)
    timer.add({value, {static_cast<Wide>(std::llround(value * 1e6)) * 1'000'000}, {1, 0}, Bins::kWhole});
  return timer;
}

std::string stat_of(const Timings& timer, Stat::Of of, double quantile = 0) {
  const std::optional<Number> number = timer.stat({of, quantile});
  return number ? to_text(*number) : "nothing";
}

Fields fields_of(const Timings& timer) {
  Fields fields;
  timer.fields([&](std::string_view name, std::string_view text) { fields.emplace(name, text); });
  return fields;
}

std::optional<Timings> parsed(const Fields& fields) {
  return Timings::parse([&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = fields.find(name);
    return found == fields.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  });
}

}  // namespace

TEST_CASE("a timer's entry") {
  std::vector<std::string> names;
  timer_of({12.5, -3, 17}).fields([&](std::string_view name, std::string_view) { names.emplace_back(name); });
  CHECK(names == std::vector<std::string>{"count", "sum", "min", "max", "sq", "bins"});
  Fields fields = fields_of(timer_of({12.5, -3, 17}));
  fields.erase("bins");
  CHECK(fields == Fields{{"count", "3"}, {"sum", "26.5"}, {"min", "-3"}, {"max", "17"}, {"sq", "454.25"}});
}

TEST_CASE("statistics of a timer") {
  using Of = Stat::Of;
  const Timings timer = timer_of({2, 4, 4, 4, 5, 5, 7, 9});
  CHECK(stat_of(timer, Of::count) == "8");
  CHECK(stat_of(timer, Of::rate) == "8");
  CHECK(stat_of(timer, Of::sum) == "40");
  CHECK(stat_of(timer, Of::mean) == "5");
  CHECK(stat_of(timer, Of::stddev) == "2");
  CHECK(stat_of(timer, Of::min) == "2");
  CHECK(stat_of(timer, Of::max) == "9");
  CHECK(stat_of(timer, Of::quantile, 0) == "2");
  CHECK(stat_of(timer, Of::quantile, 1) == "9");
  const double median = std::get<double>(timer.stat({Of::quantile, 0.5}).value());
  CHECK(std::abs(median - 4) < 0.011 * 4);
  CHECK(stat_of(timer, Of::last) == "nothing");
  CHECK(stat_of(timer, Of::unique) == "nothing");
}

TEST_CASE("statistics of the lowest and of the highest samples") {
  using Of = Stat::Of;
  using Part = Stat::Part;
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) values.push_back(std::exp(i / 20.0) - 3);
  const Timings timer = timer_of(values);
  const auto stat = [&](Of of, double share, Part part) {
    const Number number = timer.stat({of, share, part}).value();
    return std::stod(to_text(number));
  };
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.999}) {
    CAPTURE(share);
    const auto count = std::max<size_t>(1, static_cast<size_t>(std::floor(share * 200 + 0.5)));
    for (const Part part : {Part::lowest, Part::highest}) {
      const bool lowest = part == Part::lowest;
      double sum = 0, sizes = 0, squares = 0;
      for (size_t i = 0; i < count; ++i) {
        const double value = values[lowest ? i : values.size() - 1 - i];
        sum += value;
        sizes += std::abs(value);
        squares += value * value;
      }
      CHECK(stat(Of::count, share, part) == static_cast<double>(count));
      CHECK(std::abs(stat(Of::sum, share, part) - sum) <= 0.01084 * sizes);
      CHECK(std::abs(stat(Of::mean, share, part) * static_cast<double>(count) - sum) <= 0.01084 * sizes);
      CHECK(std::abs(stat(Of::squares, share, part) - squares) <= 0.0219 * squares);
      const double edge = values[lowest ? count - 1 : values.size() - count];
      CHECK(std::abs(stat(lowest ? Of::max : Of::min, share, part) - edge) <= 0.01084 * std::abs(edge));
    }
  }
}

TEST_CASE("a part that is all samples is exact, and so is one of equal values") {
  using Of = Stat::Of;
  using Part = Stat::Part;
  const auto text = [](const Timings& timer, Of of, double share, Part part) {
    return to_text(timer.stat({of, share, part}).value());
  };
  for (const Part part : {Part::lowest, Part::highest}) {
    const Timings one = timer_of({12.7}), all = timer_of({1.7, 2.3}), equal = timer_of({3.3, 3.3, 3.3, 3.3});
    CHECK(text(one, Of::mean, 0.9, part) == "12.7");
    CHECK(text(one, Of::count, 0.1, part) == "1");
    CHECK(text(all, Of::sum, 0.9, part) == "4");
    CHECK(text(equal, Of::sum, 0.5, part) == "6.6");
    CHECK(text(equal, Of::count, 0.5, part) == "2");
    CHECK_FALSE(Timings{}.stat({Of::mean, 0.9, part}));
  }
  CHECK(stat_of(timer_of({1, -2}), Of::squares) == "5");
}

TEST_CASE("statistics of no samples") {
  CHECK(stat_of({}, Stat::Of::count) == "0");
  CHECK(stat_of({}, Stat::Of::sum) == "0");
  for (const Stat::Of of : {Stat::Of::mean, Stat::Of::min, Stat::Of::max, Stat::Of::stddev, Stat::Of::quantile})
    CHECK(stat_of({}, of, 0.5) == "nothing");
}

TEST_CASE("all quantiles of a value that does not change are that value, and its deviation is 0") {
  for (const double value : {0.1, 12.0, -7.25, 1e9 + 0.5, 4'503'599'627'370'497.0, 1e-12}) {
    CAPTURE(value);
    const Timings timer = timer_of({value, value, value});
    for (const double quantile : {0.0, 0.01, 0.5, 0.999, 1.0})
      CHECK(std::get<double>(timer.stat({Stat::Of::quantile, quantile}).value()) == value);
    CHECK(std::get<double>(timer.stat({Stat::Of::stddev}).value()) == 0);
  }
}

TEST_CASE("the mean of what is weighted stays between the extremes") {
  Timings timer;
  timer.add({5, {Wide{16'666'666'666'667}}, {3, 333'333}, 3'413});  // 5 with a rate of 0.3
  CHECK(stat_of(timer, Stat::Of::mean) == "5");
  CHECK(stat_of(timer, Stat::Of::count) == "3.333333");
  CHECK(stat_of(timer, Stat::Of::sum) == "16.666666666667");
}

TEST_CASE("what is put together has the extremes of both") {
  Timings timer = timer_of({5});
  timer.merge({});
  CHECK(timer == timer_of({5}));
  Timings none;
  none.merge(timer);
  CHECK(none == timer);
  timer.then(timer_of({-2, 3}));
  CHECK(timer.min == -2);
  CHECK(timer.max == 5);
  timer.merge(timer_of({6}));
  CHECK(timer.min == -2);
  CHECK(timer.max == 6);
}

TEST_CASE("squares are never infinite") {
  Timings timer = timer_of({1});
  timer.sq = std::numeric_limits<double>::max();
  const Timings other = timer;
  timer.merge(other);
  CHECK(parsed(fields_of(timer)) == timer);
}

TEST_CASE("entries that are none of a timer") {
  const Fields good = fields_of(timer_of({1, 2}));
  CHECK(parsed(good));
  const std::vector<std::pair<const char*, const char*>> table = {
      {"min", "inf"},    {"min", "nan"},   {"max", "-inf"}, {"sq", "nan"},  {"sq", "-1"}, {"sq", "1e999"},
      {"max", "0.5"},    {"min", ""},      {"min", " 1"},   {"min", "1x"},  {"sum", "x"}, {"sum", "1e3"},
      {"count", "many"}, {"bins", "none"}, {"bins", ""},    {"max", "0x9"},
  };
  for (const auto& [name, text] : table) {
    CAPTURE(name);
    CAPTURE(text);
    Fields bad = good;
    bad[name] = text;
    CHECK_FALSE(parsed(bad));
  }
  Fields nothing = fields_of({});
  CHECK(parsed(nothing) == Timings{});
  nothing["count"] = "1";
  CHECK_FALSE(parsed(nothing));
}

TEST_CASE("extremes are read back as they were sent") {
  for (const double value : {0.1, 1e-320, 123456.789, 9007199254740992.0, -1e-7, 0.30000000000000004}) {
    Timings timer = timer_of({1});
    timer.min = std::min(value, 1.0);
    timer.max = std::max(value, 1.0);
    CHECK(parsed(fields_of(timer)) == timer);
  }
  CHECK(to_text(Number(parse_double("-0").value())) == "0");
}

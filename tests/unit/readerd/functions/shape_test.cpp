#include "readerd/functions/shape.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/functions");

namespace {

struct Wish {
  Selection selection;
  ShapeOptions options;
};

/// The values as "from:value", blank between them. Buckets hold 1 each.
std::string values_of(const Wish& wish, const std::vector<uint64_t>& starts) {
  const auto output = Output::make(Format::json, false, false);
  Shape values(wish.selection, wish.options, *output);
  values.begin("k");
  for (const uint64_t start : starts) CHECK(values.add({start, start, Counter{{1, 0}}}));
  CHECK(values.end());
  std::string text = output->text(), all;
  for (size_t at = text.find("{\"from\":"); at != text.npos; at = text.find("{\"from\":", at + 1)) {
    const size_t value = text.find(",\"value\":", at);
    all.append(all.empty() ? "" : " ").append(text, at + 8, value - at - 8).append(":");
    all.append(text, value + 9, text.find('}', value) - value - 9);
  }
  return all;
}

Wish points() {
  Wish wish;
  wish.selection.period = Period::seconds(10);
  return wish;
}

}  // namespace

TEST_CASE("without fill only what holds something") {
  CHECK(values_of(points(), {10'000, 50'000}) == "10000:1 50000:1");
  CHECK(values_of(points(), {}) == "");
}

TEST_CASE("fill writes the empty periods between") {
  Wish wish = points();
  wish.options.fill = Fill::zero;
  CHECK(values_of(wish, {10'000, 40'000}) == "10000:1 20000:0 30000:0 40000:1");
  wish.options.fill = Fill::null;
  CHECK(values_of(wish, {10'000, 30'000}) == "10000:1 20000:null 30000:1");
  wish.selection.order = Order::descending;
  CHECK(values_of(wish, {30'000, 10'000}) == "30000:1 20000:null 10000:1");
  CHECK(values_of(wish, {}) == "");
}

TEST_CASE("fill goes to the ends of the range that were given") {
  for (const bool ascending : {true, false}) {
    Wish wish = points();
    wish.options.fill = Fill::zero;
    wish.selection.range = {{15'000, 0}, {41'000, kMostSequence}};
    wish.selection.order = ascending ? Order::ascending : Order::descending;
    wish.selection.from_given = true;
    CHECK(values_of(wish, {30'000}) == (ascending ? "10000:0 20000:0 30000:1" : "30000:1 20000:0 10000:0"));
    wish.selection.to_given = true;
    CHECK(values_of(wish, {30'000}) ==
          (ascending ? "10000:0 20000:0 30000:1 40000:0" : "40000:0 30000:1 20000:0 10000:0"));
    CHECK(values_of(wish, {}) ==
          (ascending ? "10000:0 20000:0 30000:0 40000:0" : "40000:0 30000:0 20000:0 10000:0"));
    wish.selection.from_given = false;
    CHECK(values_of(wish, {30'000}) == (ascending ? "30000:1 40000:0" : "40000:0 30000:1"));
    wish.selection.range.from = {0, 0};
    wish.selection.from_given = true;
    CHECK(values_of(wish, {0}) ==
          (ascending ? "0:1 10000:0 20000:0 30000:0 40000:0" : "40000:0 30000:0 20000:0 10000:0 0:1"));
  }
}

TEST_CASE("the limit counts what is written, filled in or not") {
  Wish wish = points();
  wish.options.limit = 2;
  CHECK(values_of(wish, {10'000, 40'000, 50'000}) == "10000:1 40000:1");
  wish.options.fill = Fill::zero;
  CHECK(values_of(wish, {10'000, 40'000}) == "10000:1 20000:0");
}

TEST_CASE("rates are per second") {
  Wish wish = points();
  wish.options.stats = {{Stat::Of::rate}};
  CHECK(values_of(wish, {10'000}) == "10000:0.1");
}

TEST_CASE("several statistics of a bucket are a number each, also where a period is filled in") {
  Wish wish = points();
  wish.options.stats = {{Stat::Of::sum}, {Stat::Of::rate}};
  const auto text = [&] {
    const auto output = Output::make(Format::csv, false, false, {"sum", "rate"});
    Shape shape(wish.selection, wish.options, *output);
    shape.begin("k");
    for (const uint64_t start : {10'000, 30'000}) CHECK(shape.add({start, start, Counter{{5, 0}}}));
    CHECK(shape.end());
    return output->text();
  };
  CHECK(text() == "k,10000,5,0.5\r\nk,30000,5,0.5\r\n");
  wish.options.fill = Fill::zero;
  CHECK(text() == "k,10000,5,0.5\r\nk,20000,0,0\r\nk,30000,5,0.5\r\n");
  wish.options.fill = Fill::null;
  CHECK(text() == "k,10000,5,0.5\r\nk,20000,,\r\nk,30000,5,0.5\r\n");
}

TEST_CASE("more than a million bins are refused") {
  constexpr int kBins = 1'000;
  Timings timer;
  for (int bin = 0; bin < kBins; ++bin) timer.bins.add(static_cast<int16_t>(bin), Bins::kWhole);
  timer.count = {kBins, 0};
  Wish wish = points();
  wish.options.bins = 32;
  const auto output = Output::make(Format::json, false, false, {"low", "high", "count"});
  Shape shape(wish.selection, wish.options, *output);
  shape.begin("k");
  for (uint64_t i = 0; i < ShapeOptions::kMostBins / kBins; ++i) {
    REQUIRE(shape.add({i * 10'000, i * 10'000, timer}));
    output->text().clear();
  }
  CHECK(!shape.refusal());
  CHECK(!shape.add({99'990'000, 99'990'000, timer}));
  REQUIRE(shape.refusal());
  CHECK(shape.refusal()->status == 400);
  CHECK(shape.refusal()->message.starts_with("stat: more than 1000000 bins; use a longer period"));
}

#include "readerd/functions/shape.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kilometric;

namespace {

/// The values as "from:value", blank between them. Buckets hold 1 each.
std::string values_of(Query query, const std::vector<uint64_t>& starts) {
  const auto output = Output::make(query, false);
  Shape values(query, *output);
  values.begin("k");
  for (const uint64_t start : starts) CHECK(values.add({start, start, {1, 0}}));
  CHECK(values.end());
  std::string text = output->text(), all;
  for (size_t at = text.find("{\"from\":"); at != text.npos; at = text.find("{\"from\":", at + 1)) {
    const size_t value = text.find(",\"value\":", at);
    all.append(all.empty() ? "" : " ").append(text, at + 8, value - at - 8).append(":");
    all.append(text, value + 9, text.find('}', value) - value - 9);
  }
  return all;
}

Query points() {
  Query query;
  query.type = Query::Type::points;
  query.period = Period::seconds(10);
  return query;
}

}  // namespace

TEST_CASE("without fill only what holds something") {
  CHECK(values_of(points(), {10'000, 50'000}) == "10000:1 50000:1");
  CHECK(values_of(points(), {}) == "");
}

TEST_CASE("fill writes the empty periods between") {
  Query query = points();
  query.fill = Query::Fill::zero;
  CHECK(values_of(query, {10'000, 40'000}) == "10000:1 20000:0 30000:0 40000:1");
  query.fill = Query::Fill::null;
  CHECK(values_of(query, {10'000, 30'000}) == "10000:1 20000:null 30000:1");
  query.order = Order::descending;
  CHECK(values_of(query, {30'000, 10'000}) == "30000:1 20000:null 10000:1");
  CHECK(values_of(query, {}) == "");
}

TEST_CASE("fill goes to the ends of the range that were given") {
  for (const bool ascending : {true, false}) {
    Query query = points();
    query.fill = Query::Fill::zero;
    query.range = {{15'000, 0}, {41'000, kMostSequence}};
    query.order = ascending ? Order::ascending : Order::descending;
    query.from_given = true;
    CHECK(values_of(query, {30'000}) == (ascending ? "10000:0 20000:0 30000:1" : "30000:1 20000:0 10000:0"));
    query.to_given = true;
    CHECK(values_of(query, {30'000}) ==
          (ascending ? "10000:0 20000:0 30000:1 40000:0" : "40000:0 30000:1 20000:0 10000:0"));
    CHECK(values_of(query, {}) ==
          (ascending ? "10000:0 20000:0 30000:0 40000:0" : "40000:0 30000:0 20000:0 10000:0"));
    query.from_given = false;
    CHECK(values_of(query, {30'000}) == (ascending ? "30000:1 40000:0" : "40000:0 30000:1"));
    query.range.from = {0, 0};
    query.from_given = true;
    CHECK(values_of(query, {0}) ==
          (ascending ? "0:1 10000:0 20000:0 30000:0 40000:0" : "40000:0 30000:0 20000:0 10000:0 0:1"));
  }
}

TEST_CASE("the limit counts what is written, filled in or not") {
  Query query = points();
  query.limit = 2;
  CHECK(values_of(query, {10'000, 40'000, 50'000}) == "10000:1 40000:1");
  query.fill = Query::Fill::zero;
  CHECK(values_of(query, {10'000, 40'000}) == "10000:1 20000:0");
}

TEST_CASE("rates are per second") {
  Query query = points();
  query.type = Query::Type::rate;
  CHECK(values_of(query, {10'000}) == "10000:0.1");
  const auto text = [](Amount amount, uint64_t ms) { return to_text(per_second(amount, ms)); };
  CHECK(text({1, 0}, 3'000) == "0.333333");
  CHECK(text({2, 0}, 3'000) == "0.666667");
  CHECK(text({-2, 0}, 3'000) == "-0.666667");
  CHECK(text({600, 0}, 60'000) == "10");
  CHECK(text({INT64_MAX, 999'999}, 1'000) == "9223372036854775807.999999");
}

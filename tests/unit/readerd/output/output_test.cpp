#include "readerd/output/output.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/output");

namespace {

using Numbers = std::vector<std::optional<Number>>;

/// A value that owns its numbers.
struct Told {
  Told(uint64_t from, uint64_t to, std::optional<Number> number) : from(from), to(to), numbers{number} {}
  Told(uint64_t from, uint64_t to, Numbers numbers) : from(from), to(to), numbers(std::move(numbers)) {}

  uint64_t from, to;
  Numbers numbers;
};

struct Metric {
  std::string name;
  std::vector<Told> values;
};

std::string written(Format format, bool both_ends, const std::vector<Metric>& metrics, bool several = false,
                    const Output::Fields& fields = {"value"}) {
  const auto output = Output::make(format, both_ends, several, fields);
  output->begin();
  for (const Metric& metric : metrics) {
    output->begin_metric(metric.name);
    for (const Told& value : metric.values) output->add({value.from, value.to, value.numbers});
    output->end_metric();
  }
  output->end();
  return output->text();
}

constexpr auto kJson = Format::json;
constexpr bool kCounter = true;  // with both ends
constexpr bool kPoints = false;

Told point(uint64_t from, Amount amount) { return {from, from, amount}; }

}  // namespace

TEST_CASE("a counter, as the original wrote it") {
  CHECK(written(kJson, kCounter, {{"my-metric", {{1603303544893, 1603311711070, Amount{78, 0}}}}}) ==
        R"({"name":"my-metric","values":[{"from":1603303544893,"to":1603311711070,"value":78}]})");
}

TEST_CASE("points, as the original wrote them") {
  CHECK(
      written(kJson, kPoints, {{"my-metric", {point(1603304940000, {2, 0}), point(1603305120000, {4, 0})}}}) ==
      R"({"name":"my-metric","values":[{"from":1603304940000,"value":2},{"from":1603305120000,"value":4}]})");
}

TEST_CASE("nothing there") {
  CHECK(written(kJson, kCounter, {{"k", {}}}) == R"({"name":"k","values":[]})");
  CHECK(written(kJson, kPoints, {{"k", {}}}) == R"({"name":"k","values":[]})");
  CHECK(written(kJson, kPoints, {}, true) == R"({"metrics":[]})");
}

TEST_CASE("several metrics") {
  CHECK(written(kJson, kPoints, {{"a", {point(1, {2, 0})}}, {"b", {}}}, true) ==
        R"({"metrics":[{"name":"a","values":[{"from":1,"value":2}]},{"name":"b","values":[]}]})");
}

TEST_CASE("values") {
  const auto value = [](std::optional<Amount> amount) {
    return written(kJson, kPoints, {{"k", {{0, 0, amount}}}});
  };
  CHECK(value(Amount{0, 0}) == R"({"name":"k","values":[{"from":0,"value":0}]})");
  CHECK(value(Amount{-7, 0}) == R"({"name":"k","values":[{"from":0,"value":-7}]})");
  CHECK(value(Amount{2, 500'000}) == R"({"name":"k","values":[{"from":0,"value":2.5}]})");
  CHECK(value(Amount{0, 1}) == R"({"name":"k","values":[{"from":0,"value":0.000001}]})");
  CHECK(value(Amount{0, -3'000'000}) == R"({"name":"k","values":[{"from":0,"value":-3}]})");
  CHECK(value(Amount{kMaxValue + 1, 0}) == R"({"name":"k","values":[{"from":0,"value":9007199254740993}]})");
  CHECK(value(Amount{INT64_MAX, 0}) == R"({"name":"k","values":[{"from":0,"value":9223372036854775807}]})");
  CHECK(value(std::nullopt) == R"({"name":"k","values":[{"from":0,"value":null}]})");
}

TEST_CASE("times use all 64 bits") {
  CHECK(written(kJson, kCounter, {{"k", {{1, UINT64_MAX, Amount{1, 0}}}}}) ==
        R"({"name":"k","values":[{"from":1,"to":18446744073709551615,"value":1}]})");
}

TEST_CASE("names: only quotes and backslashes are escaped") {
  CHECK(written(kJson, kCounter, {{"a \"b\" \\ c/d", {}}}) == R"({"name":"a \"b\" \\ c/d","values":[]})");
  CHECK(written(kJson, kCounter, {{"grüße 🚀", {}}}) == R"({"name":"grüße 🚀","values":[]})");
}

TEST_CASE("CSV") {
  CHECK(written(Format::csv, kPoints, {{"a,\"b\"", {point(1, {2, 500'000}), {2, 2, std::nullopt}}}, {"c", {}}},
                true) == "name,from,value\r\n\"a,\"\"b\"\"\",1,2.5\r\n\"a,\"\"b\"\"\",2,\r\n");
  CHECK(written(Format::csv, kCounter, {{"k", {{1, 5, Amount{-2, 0}}}}}) ==
        "name,from,to,value\r\nk,1,5,-2\r\n");
}

TEST_CASE("CSV: no name is a formula to a spreadsheet") {
  const auto field = [](const char* name) {
    const std::string head = "name,from,value\r\n",
                      text = written(Format::csv, kPoints, {{name, {point(1, {2, 0})}}});
    REQUIRE(text.starts_with(head));
    REQUIRE(text.ends_with(",1,2\r\n"));
    return text.substr(head.size(), text.size() - head.size() - 6);
  };
  CHECK(field("=1+1") == R"("'=1+1")");
  CHECK(field("+1") == R"("'+1")");
  CHECK(field("-1") == R"("'-1")");
  CHECK(field("@SUM(A1)") == "\"'@SUM(A1)\"");
  CHECK(field(" =1") == R"("' =1")");
  CHECK(field("\uFF1D1") == "\"'\uFF1D1\"");
  CHECK(field("=LINK(\"a\",\"b\")") == "\"'=LINK(\"\"a\"\",\"\"b\"\")\"");
  CHECK(field("a,=1") == R"("a,=1")");
  CHECK(field("a;=1") == R"("a;=1")");
  for (const char* plain :
       {"a", "web.1.hits", "a=1", "a-b+c@d", "'a", "1", "a;b=c", "a b", "\u8A13\u7DF4", "|a", " a"})
    CHECK(field(plain) == plain);
}

TEST_CASE("NDJSON") {
  CHECK(written(Format::ndjson, kPoints, {{"a\\b", {point(1, {2, 0}), {2, 2, std::nullopt}}}}) ==
        "{\"name\":\"a\\\\b\",\"from\":1,\"value\":2}\n{\"name\":\"a\\\\b\",\"from\":2,\"value\":null}\n");
  CHECK(written(Format::ndjson, kCounter, {{"k", {{1, 5, Amount{-2, 0}}}}}) ==
        "{\"name\":\"k\",\"from\":1,\"to\":5,\"value\":-2}\n");
}

TEST_CASE("a value of several numbers has a field for each") {
  const Numbers numbers{Fixed::whole(12), 31.25, std::nullopt};
  const std::vector<Metric> metrics{{"k", {{1, 5, numbers}}}};
  const Output::Fields fields{"min", "p99.9", "mean"};
  const auto text = [&](Format format, bool both_ends) {
    return written(format, both_ends, metrics, false, fields);
  };
  CHECK(text(kJson, kPoints) == R"({"name":"k","values":[{"from":1,"min":12,"p99.9":31.25,"mean":null}]})");
  CHECK(text(kJson, kCounter) ==
        R"({"name":"k","values":[{"from":1,"to":5,"min":12,"p99.9":31.25,"mean":null}]})");
  CHECK(text(Format::ndjson, kCounter) ==
        "{\"name\":\"k\",\"from\":1,\"to\":5,\"min\":12,\"p99.9\":31.25,\"mean\":null}\n");
  CHECK(text(Format::csv, kPoints) == "name,from,min,p99.9,mean\r\nk,1,12,31.25,\r\n");
  CHECK(text(Format::csv, kCounter) == "name,from,to,min,p99.9,mean\r\nk,1,5,12,31.25,\r\n");
}

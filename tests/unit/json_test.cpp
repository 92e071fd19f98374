#include "readerd/json.h"

#include <doctest/doctest.h>

#include <vector>

using namespace kilometric;

namespace {
constexpr auto kCounter = Query::Type::counter;
constexpr auto kPoints = Query::Type::points;
}  // namespace

TEST_CASE("a counter, as the original wrote it") {
  const std::vector<Bucket> buckets{{1603303544893, 1603311711070, {78, 0}}};
  CHECK(to_json("my-metric", kCounter, buckets) ==
        R"({"name":"my-metric","values":[{"from":1603303544893,"to":1603311711070,"value":78}]})");
}

TEST_CASE("points, as the original wrote them") {
  const std::vector<Bucket> buckets{{1603304940000, 1603304960760, {2, 0}},
                                    {1603305120000, 1603305134340, {4, 0}}};
  CHECK(to_json("my-metric", kPoints, buckets) ==
        R"({"name":"my-metric","values":[{"from":1603304940000,"value":2},{"from":1603305120000,"value":4}]})");
}

TEST_CASE("nothing there") {
  CHECK(to_json("k", kCounter, {}) == R"({"name":"k","values":[]})");
  CHECK(to_json("k", kPoints, {}) == R"({"name":"k","values":[]})");
}

TEST_CASE("values") {
  const auto value = [](Amount amount) {
    const std::vector<Bucket> buckets{{0, 0, amount}};
    return to_json("k", kPoints, buckets);
  };
  CHECK(value({0, 0}) == R"({"name":"k","values":[{"from":0,"value":0}]})");
  CHECK(value({-7, 0}) == R"({"name":"k","values":[{"from":0,"value":-7}]})");
  CHECK(value({2, 500'000}) == R"({"name":"k","values":[{"from":0,"value":2.5}]})");
  CHECK(value({0, 1}) == R"({"name":"k","values":[{"from":0,"value":0.000001}]})");
  CHECK(value({0, -3'000'000}) == R"({"name":"k","values":[{"from":0,"value":-3}]})");
  CHECK(value({kMaxValue + 1, 0}) == R"({"name":"k","values":[{"from":0,"value":9007199254740993}]})");
  CHECK(value({INT64_MAX, 0}) == R"({"name":"k","values":[{"from":0,"value":9223372036854775807}]})");
}

TEST_CASE("times use all 64 bits") {
  const std::vector<Bucket> buckets{{1, UINT64_MAX, {1, 0}}};
  CHECK(to_json("k", kCounter, buckets) ==
        R"({"name":"k","values":[{"from":1,"to":18446744073709551615,"value":1}]})");
}

TEST_CASE("names: only quotes and backslashes are escaped") {
  CHECK(to_json("a \"b\" \\ c/d", kCounter, {}) == R"({"name":"a \"b\" \\ c/d","values":[]})");
  CHECK(to_json("grüße 🚀", kCounter, {}) == R"({"name":"grüße 🚀","values":[]})");
}

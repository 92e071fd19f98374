#include "readerd/graphite/evaluate.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "tests/unit/readerd/graphite/plain_source.h"

using namespace kilometric;
using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite");

namespace {

PlainSource two() {
  PlainSource source;
  source.add("a.*", "a.b", {1, kNone, 3, 4});
  source.add("a.*", "a.c", {10, kNone, kNone, 40});
  return source;
}

}  // namespace

TEST_CASE("paths, and the first functions") {
  auto source = two();
  CHECK(evaluated("a.*", source) == "a.b@0/10 1 None 3 4\na.c@0/10 10 None None 40\n");
  CHECK(evaluated("nothing.*", source) == "");
  CHECK(evaluated("sumSeries(a.*)", source) == "sumSeries(a.*)@0/10 11 None 3 44\n");
  CHECK(evaluated("sum(a.*,a.*)", source) == "sumSeries(a.*)@0/10 22 None 6 88\n");
  CHECK(evaluated("sumSeries(nothing)", source) == "");
  CHECK(evaluated("alias(a.*,'x y')", source) == "x y@0/10 1 None 3 4\nx y@0/10 10 None None 40\n");
  CHECK(evaluated("constantLine(100)", source) == "100.0@0/10 100 100 100 100\n");
  CHECK(evaluated("alias(constantLine(value=1.5), 'x')", source) == "x@0/10 1.5 1.5 1.5 1.5\n");
}

TEST_CASE("wrong calls say where") {
  auto source = two();
  const std::pair<const char*, const char*> rows[] = {
      {"sumSeries(nosuch(a))", "target: byte 11: unknown function nosuch; /functions lists those there are"},
      {"alias(a.*)", "target: byte 1: alias: newName is missing"},
      {"alias(a.*,'x','y')", "target: byte 1: alias: 3 arguments, and 2 are the most"},
      {"alias('a','x')", "target: byte 7: alias: seriesList: a series is wanted"},
      {"alias(a.*,b)", "target: byte 11: alias: newName: a string is wanted"},
      {"alias(a.*,'x',newName='y')", "target: byte 23: alias: newName: given twice"},
      {"alias(a.*,name='y')", "target: byte 1: alias: byte 16: it has no parameter name"},
      {"asPercent(a.*,'x')", "target: byte 15: asPercent: total: a number or a series is wanted"},
      {"constantLine('x')", "target: byte 14: constantLine: value: a number is wanted"},
  };
  for (const auto& [target, expected] : rows) CHECK(evaluated(target, source) == expected);
  CHECK(evaluated("groupByTags(a.*,'sum','dc',none)", source) ==
        evaluated("groupByTags(a.*,'sum','dc')", source));
}

TEST_CASE("points are bounded before they are made") {
  PlainSource source;
  CHECK(evaluated("constantLine(1)", source, {.from = 0, .until = 50'000'010, .step = 10}) ==
        "target: more than 5,000,000 points; ask for less time or fewer series");
}

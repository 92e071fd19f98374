// What each function is easily got wrong in; that the numbers are Graphite's is held against Graphite itself in
// tests/e2e/test_graphite_functions.py.
#include <doctest/doctest.h>

#include <string>

#include "readerd/graphite/evaluate.h"
#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/table.h"
#include "tests/unit/readerd/graphite/plain_source.h"

using namespace kilometric;
using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite");

namespace {

// The range (-10, 30] has the points 0 to 30.
PlainSource some() {
  PlainSource source;
  source.add("web.*.hits", "web.a.hits", {1, kNone, 3, 4}, Consolidation::sum);
  source.add("web.*.hits", "web.b.hits", {10, kNone, kNone, 40}, Consolidation::sum);
  source.add("x", "x", {1, 2, 4, 8});
  source.add("gap", "gap", {kNone, 1, kNone, 4});
  source.add("empty", "empty", {});
  source.add("long", "long", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  return source;
}

struct Row {
  const char* target;
  const char* expected;
};

void check(std::initializer_list<Row> rows,
           Context context = {.from = -10, .until = 30, .step = 10, .now = 30}) {
  auto source = some();
  for (const auto& [target, expected] : rows) {
    CAPTURE(target);
    CHECK(evaluated(target, source, context) == expected);
  }
}

}  // namespace

TEST_CASE("combining ignores what has no value, and names itself by what was asked for") {
  check({
      {"averageSeries(web.*.hits)", "averageSeries(web.*.hits)@0/10 5.5 None 3 22\n"},
      {"maxSeries(web.*.hits,x)", "maxSeries(web.*.hits,x)@0/10 10 2 4 40\n"},
      {"diffSeries(gap,x)", "diffSeries(gap,x)@0/10 1 -1 4 -4\n"},  // the first that is there
      {"multiplySeries(gap,x)", "multiplySeries(gap,x)@0/10 None 2 None 32\n"},
      {"multiplySeries(gap)", "gap@0/10 None 1 None 4\n"},
      {"countSeries(gap,empty)", "countSeries(gap,empty)@0/10 2 2 2 2\n"},
      {"countSeries(nothing)", ""},
      {"rangeOfSeries(x,gap)", "rangeOfSeries(x,gap)@0/10 0 1 0 4\n"},
      {"aggregate(web.*.hits,'sumSeries',0.6)", "sumSeries(web.*.hits)@0/10 11 None None 44\n"},
      {"percentileOfSeries(web.*.hits,50)", "percentileOfSeries(web.*.hits,50)@0/10 10 None 3 40\n"},
      {"percentileOfSeries(web.*.hits,50,true)", "percentileOfSeries(web.*.hits,50)@0/10 5.5 None 3 22\n"},
      {"percentileOfSeries(x,0)", "target: byte 1: percentileOfSeries: n must be above 0"},
      {"sumSeriesWithWildcards(web.*.hits,1)", "web.hits@0/10 11 None 3 44\n"},
      {"groupByNode(web.*.hits,2,'maxSeries')", "hits@0/10 10 None 3 40\n"},
      {"groupByNodes(scale(web.*.hits,2),'sum',0,1)", "web.a@0/10 2 None 6 8\nweb.b@0/10 20 None None 80\n"},
      {"groupByTags(web.*.hits,'sum','dc')", "sum;dc=@0/10 11 None 3 44\n"},
  });
}

TEST_CASE("percents and quotients are none where either is, or the divisor is 0") {
  check({
      {"asPercent(x,10)", "asPercent(x,10)@0/10 10 20 40 80\n"},
      {"asPercent(x,gap)", "asPercent(x,gap)@0/10 None 200 None 200\n"},
      {"asPercent(web.*.hits,web.*.hits)",
       "asPercent(web.a.hits,web.a.hits)@0/10 100 None 100 100\nasPercent(web.b.hits,web.b.hits)@0/10 100 None "
       "None 100\n"},
      {"asPercent(x,none,0)", "asPercent(x,x)@0/10 100 100 100 100\n"},
      {"asPercent(x,gap,0)",
       "asPercent(x,MISSING)@0/10 None None None None\nasPercent(MISSING,gap)@0/10 None None None None\n"},
      {"asPercent(group(x,x,gap),web.*.hits)",
       "target: byte 1: asPercent: total must be one series or as many as the first argument has, 3; it has 2"},
      {"divideSeries(x,constantLine(0))", "divideSeries(x,0.0)@0/10 None None None None\n"},
      {"divideSeries(x,nothing)", "divideSeries(x,MISSING)@0/10 None None None None\n"},
      {"divideSeries(x,web.*.hits)",
       "target: byte 1: divideSeries: divisorSeries must be one series; it has 2"},
      {"divideSeriesLists(x,nothing)",
       "target: byte 1: divideSeriesLists: both lists must have as many series; they have 1 and 0"},
  });
}

TEST_CASE("names are parsed again by what renames") {
  check({
      {"aliasByNode(scale(web.*.hits,2),-2,0)", "a.web@0/10 2 None 6 8\nb.web@0/10 20 None None 80\n"},
      {"aliasByNode(sumSeries(web.*.hits),1)", "*@0/10 11 None 3 44\n"},
      {"aliasByNode(x,7,'name')", ".x@0/10 1 2 4 8\n"},
      {"aliasByMetric(scale(web.*.hits,2))", "hits@0/10 2 None 6 8\nhits@0/10 20 None None 80\n"},
      {"substr(scale(web.*.hits,2),0,-1)", "web.a@0/10 2 None 6 8\nweb.b@0/10 20 None None 80\n"},
      {R"x(aliasSub(x,"(^.*$)","\1 A"))x", "x A@0/10 1 2 4 8\n"},
      {"scale(x,0.1)", "scale(x,0.1)@0/10 0.1 0.2 0.4 0.8\n"},
      {"scaleToSeconds(x,5.7)", "scaleToSeconds(x,5)@0/10 0.57 1.14 2.28 4.56\n"},
      {"consolidateBy(x,'maxSeries')", "consolidateBy(x,\"maxSeries\")@0/10 1 2 4 8\n"},
      {"consolidateBy(x,'most')",
       "target: byte 1: consolidateBy: sum, average, avg_zero, min, max, first or last is wanted"},
  });
}

TEST_CASE("gaps") {
  check({
      {"keepLastValue(gap)", "keepLastValue(gap)@0/10 None 1 1 4\n"},
      {"keepLastValue(web.*.hits,1)",
       "keepLastValue(web.a.hits)@0/10 1 1 3 4\nkeepLastValue(web.b.hits)@0/10 10 None None 40\n"},
      {"interpolate(web.*.hits)",
       "interpolate(web.a.hits)@0/10 1 2 3 4\ninterpolate(web.b.hits)@0/10 10 20 30 40\n"},
      {"transformNull(gap,-1)", "transformNull(gap,-1)@0/10 -1 1 -1 4\n"},
      {"transformNull(gap,-1,web.*.hits)", "transformNull(gap,-1,referenceSeries)@0/10 -1 1 -1 4\n"},
      {"transformNull(empty,7,gap)", "transformNull(empty,7,referenceSeries)@0/10 None 7 None 7\n"},
      {"removeBelowValue(x,2)", "removeBelowValue(x, 2)@0/10 None 2 4 8\n"},
      {"delay(x,1)", "delay(x,1)@0/10 None 1 2 4\n"},
      {"delay(x,-3)", "delay(x,-3)@0/10 8 None None None\n"},
      {"delay(x,0)", "delay(x,0)@0/10 1 2 4 8\n"},
      {"delay(x,99)", "delay(x,99)@0/10 None None None None\n"},
  });
}

TEST_CASE("growth begins anew after a gap") {
  check({
      {"derivative(web.*.hits)",
       "derivative(web.a.hits)@0/10 None None None 1\nderivative(web.b.hits)@0/10 None None None None\n"},
      {"perSecond(x)", "perSecond(x)@0/10 None 0.1 0.2 0.4\n"},
      {"nonNegativeDerivative(scale(x,-1))", "nonNegativeDerivative(scale(x,-1))@0/10 None None None None\n"},
      {"nonNegativeDerivative(scale(x,-1),maxValue=-1)",
       "nonNegativeDerivative(scale(x,-1))@0/10 None -1 -2 -4\n"},
      {"integral(gap)", "integral(gap)@0/10 None 1 None 5\n"},
  });
}

TEST_CASE("intervals are counted from 1970, and the last one is mostly empty") {
  check(
      {
          {"summarize(long,'30s')", "summarize(long, \"30s\", \"sum\")@30/30 6 24 21\n"},
          {"summarize(long,'30s','max',true)", "summarize(long, \"30s\", \"max\", true)@50/30 8 11\n"},
          {"summarize(long,'0s')", "target: byte 1: summarize: intervalString must be above 0"},
          {"summarize(long,'5x')",
           "target: byte 16: summarize: intervalString: a length of time is wanted, such as \"5min\", of at "
           "most ten years"},
          {"smartSummarize(long,'30s','sum','min')",
           "smartSummarize(long, \"30s\", \"sum\")@10/30 9 18 27 11\n"},
          {"hitcount(long,'20s')", "hitcount(long, \"20s\")@50/20 130 170 210\n"},
          {"hitcount(long,'30s')", "hitcount(long, \"30s\")@50/30 210 300\n"},
      },
      {.from = 45, .until = 105, .step = 10, .now = 105});
  check({{"summarize(x,'20s')", "summarize(x, \"20s\", \"sum\")@0/20 3 12 None\n"}});
  check({{"summarize(x,'1m')", "summarize(x, \"1m\", \"sum\")@0/60 15\n"}});
}

TEST_CASE("windows end with the point itself, and look before the range") {
  const Context context{.from = 70, .until = 100, .step = 10, .now = 100};
  check(
      {
          {"movingAverage(long,2)", "movingAverage(long,2)@80/10 8.5 9.5 10.5\n"},
          {"movingSum(long,'20s')", "movingSum(long,\"20s\")@80/10 17 19 21\n"},
          {"movingMedian(long,3)", "movingMedian(long,3)@80/10 8 9 10\n"},
          {"movingMin(movingMax(long,2),2)", "movingMin(movingMax(long,2),2)@80/10 8 9 10\n"},
          {"movingWindow(long,9,'stddev')", "movingStddev(long,9)@80/10 2.58199 2.58199 2.58199\n"},
          {"movingAverage(long,0)", "target: byte 1: movingAverage: windowSize: from 1 point to ten years"},
          {"timeShift(long,'20s')", "timeShift(long, \"-20s\")@80/10 7 8 9\n"},
          {"timeShift(timeShift(long,'20s'),'+10s')",
           "timeShift(timeShift(long, \"-20s\"), \"+10s\")@80/10 8 9 10\n"},
      },
      context);
}

TEST_CASE("a window without its share of values is none") {
  check({{"movingSum(long,4,0.5)", "movingSum(long,4)@100/10 38 42 33 23 None\n"}},
        {.from = 95, .until = 145, .step = 10, .now = 145});
}

TEST_CASE("the same is asked for whether there is something or not") {
  PlainSource nothing;
  auto source = some();
  for (const char* target :
       {"timeShift(movingAverage(summarize(long,'1min'),3),'1h')", "fallbackSeries(x,long)",
        "asPercent(nothing,sumSeries(x))", "hitcount(long,'1h',true)"}) {
    nothing.asked.clear();
    source.asked.clear();
    evaluated(target, nothing);
    evaluated(target, source);
    CHECK(nothing.asked == source.asked);
    CHECK_FALSE(nothing.asked.empty());
  }
  nothing.asked.clear();
  evaluated("movingAverage(summarize(long,'1min'),3)", nothing);
  CHECK(nothing.asked.at(0).second == std::pair<int64_t, int64_t>(-190, 30));
}

TEST_CASE("selecting and ordering") {
  check({
      {"currentAbove(web.*.hits,4)", "web.b.hits@0/10 10 None None 40\n"},
      {"currentBelow(group(x,empty),8)", "x@0/10 1 2 4 8\nempty@0/10 None None None None\n"},
      {"highestMax(web.*.hits,1)", "web.b.hits@0/10 10 None None 40\n"},
      {"sortByName(group(alias(x,'a10'),alias(x,'a9')),true)", "a9@0/10 1 2 4 8\na10@0/10 1 2 4 8\n"},
      {"sortByMaxima(group(empty,gap,x))",
       "x@0/10 1 2 4 8\ngap@0/10 None 1 None 4\nempty@0/10 None None None None\n"},
      {"limit(web.*.hits,1)", "web.a.hits@0/10 1 None 3 4\n"},
      {"removeEmptySeries(group(empty,gap))", "gap@0/10 None 1 None 4\n"},
      {"grep(web.*.hits,'b.h')", "web.b.hits@0/10 10 None None 40\n"},
      {"exclude(web.*.hits,'^web')", ""},
  });
}

TEST_CASE("what a count is survives what keeps its meaning") {
  auto source = some();
  const std::pair<const char*, Consolidation> rows[] = {
      {"alias(scale(sumSeries(web.*.hits),2),'a')", Consolidation::sum},
      {"diffSeries(web.*.hits)", Consolidation::sum},
      {"summarize(x,'1min')", Consolidation::average},
      {"movingAverage(web.*.hits,2)", Consolidation::average},
      {"asPercent(web.*.hits)", Consolidation::average},
      {"perSecond(web.*.hits)", Consolidation::average},
      {"hitcount(x,'1min')", Consolidation::sum},
      {"consolidateBy(asPercent(web.*.hits),'max')", Consolidation::max},
  };
  for (const auto& [target, expected] : rows) {
    CAPTURE(target);
    Budget budget;
    const auto expression = parse_target(target);
    const auto result = evaluate(std::get<Expression>(expression),
                                 {.from = -10, .until = 30, .step = 10, .now = 30, .budget = &budget}, source);
    CHECK(std::get<SeriesList>(result).at(0).consolidation == expected);
  }
}

TEST_CASE("what would cost too much is refused") {
  auto source = some();
  std::string shifts = "x";
  for (int i = 0; i < 60; ++i) shifts = "timeShift(" + shifts + ",'1s')";
  CHECK(evaluated(shifts, source) ==
        "target: more than 10,000 calls, each counted as often as it is carried out");
  CHECK(evaluated("summarize(x,'1s')", source, {.from = 0, .until = 6'000'000, .step = 10'000'000}).size() <
        200);
  CHECK(evaluated("hitcount(timeFunction('t',86400),'1s')", source,
                  {.from = 0, .until = 20'000'000, .step = 10}) ==
        "target: more than 5,000,000 points; ask for less time or fewer series");
  CHECK(evaluated("movingAverage(x,99999999999)", source).find("from 1 point to ten years") !=
        std::string::npos);
  std::string again = "x";
  for (int i = 0; i < 3; ++i) again = "movingAverage(" + again + ",'3000d')";
  CHECK(evaluated(again, source) == "target: byte 15: movingAverage: it looks back for more than ten years");
  CHECK(evaluated("grep(alias(x,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'),'^(a|aa)+$')", source) ==
        "target: the regular expression needs too many steps for these names");
  std::string doubled = "x";
  for (int i = 0; i < 40; ++i) doubled = "aliasSub(" + doubled + R"(,'(.+)','\1\1'))";
  CHECK(evaluated(doubled, source) == "target: a name becomes longer than 65,536 bytes");
}

TEST_CASE("regular expressions are Python's") {
  check({
      {R"x(aliasSub(alias(x,'abxd'),'x*','-'))x", "-a-b--d-@0/10 1 2 4 8\n"},
      {R"x(aliasSub(alias(x,'a1b2'),'(?P<n>\d)','<\g<n>\g<1>>'))x", "a<11>b<22>@0/10 1 2 4 8\n"},
      {R"x(aliasSub(alias(x,'ab'),'(c)|b','[\1]'))x", "a[]@0/10 1 2 4 8\n"},
      {R"x(aliasSub(alias(x,'a.b'),'(?<=a)\.','\\'))x", "a\\b@0/10 1 2 4 8\n"},
      {R"x(aliasSub(alias(x,'größe'),'ö.','_'))x", "gr_e@0/10 1 2 4 8\n"},
      {R"x(aliasSub(x,'nothing','\1'))x", "target: the regular expression has no group 1"},
      {R"x(aliasSub(x,'x','\q'))x", "target: \\q means nothing in a replacement"},
      {R"x(grep(x,'('))x", "target: \"(\": missing closing parenthesis at its byte 2"},
  });
}

TEST_CASE("the table is whole") {
  CHECK(all_functions().size() > 90);
  for (const auto& function : all_functions()) {
    CAPTURE(function.name);
    CHECK(find_function(function.name) == &function);
    CHECK_FALSE(function.description.empty());
    for (size_t i = 0; i + 1 < function.parameters.size(); ++i) CHECK_FALSE(function.parameters[i].multiple);
    CHECK((!function.late || function.parameters[0].type == Type::series_list));
  }
  CHECK(find_function("nosuch") == nullptr);
  CHECK(type_word(Type::aggregation) == "aggFunc");
  CHECK(type_word(Type::tag) == "tag");
}

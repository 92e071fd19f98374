#include "common/metric/stat.h"

#include <doctest/doctest.h>

#include <string>

#include "common/metric/kind.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

constexpr Kind kCounter = Kind::counter, kGauge = Kind::gauge, kTimer = Kind::timer, kSet = Kind::set;

/// The statistics of `kind` among all the names that there are.
std::string names_of(Kind kind) {
  std::string names;
  for (const char* name :
       {"sum", "rate", "count", "mean", "min", "max", "stddev", "median", "p99.9", "last", "unique"})
    if (parse_stat(kind, name)) names.append(names.empty() ? "" : " ").append(name);
  return names;
}

}  // namespace

TEST_CASE("each kind has statistics of its own") {
  CHECK(names_of(kCounter) == "sum rate");
  CHECK(names_of(kGauge) == "mean min max last");
  CHECK(names_of(kTimer) == "sum rate count mean min max stddev median p99.9");
  CHECK(names_of(kSet) == "unique");
}

TEST_CASE("each kind has a usual statistic, and words for who names another") {
  CHECK(usual_stat(kCounter) == Stat{Stat::Of::sum});
  CHECK(usual_stat(kGauge) == Stat{Stat::Of::last});
  CHECK(usual_stat(kTimer) == Stat{Stat::Of::mean});
  CHECK(usual_stat(kSet) == Stat{Stat::Of::unique});
  CHECK(words_of_stats(kCounter) == "a counter has sum and rate");
  CHECK(words_of_stats(kSet) == "a set has unique");
}

TEST_CASE("percentiles have decimals, and are the nearest quantile") {
  const auto quantile = [](const char* name) { return parse_stat(kTimer, name).value().quantile; };
  CHECK(quantile("p0") == 0);
  CHECK(quantile("p50") == 0.5);
  CHECK(quantile("p99.9") == 0.999);
  CHECK(quantile("p99.99") == 0.9999);
  CHECK(quantile("p28.999999999999") == 0.28999999999999);
  CHECK(quantile("p100") == 1);
  CHECK(quantile("p100.000") == 1);
  CHECK(parse_stat(kTimer, "median") == parse_stat(kTimer, "p50"));
}

TEST_CASE("what is no statistic") {
  for (const char* name : {"",
                           "p",
                           "p.",
                           "p.5",
                           "p5.",
                           "p-1",
                           "p+1",
                           "p1e1",
                           "p100.1",
                           "p101",
                           "p1.2.3",
                           "P50",
                           "pNaN",
                           "p0x1",
                           "p 1",
                           "p99,9",
                           "p0000000000000000000001",
                           "Mean",
                           "average",
                           "mean "}) {
    CAPTURE(name);
    CHECK_FALSE(parse_stat(kTimer, name));
  }
}

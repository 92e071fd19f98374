#include "readerd/query/keys_query.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/query");

namespace {

/// "ok", or the words of the refusal.
template <class Parsed>
std::string outcome(const Parsed& parsed) {
  const auto* const refusal = std::get_if<Refusal>(&parsed);
  return refusal ? refusal->message : "ok";
}

}  // namespace

TEST_CASE("keys are those of counters, unless another kind is asked for") {
  CHECK(std::get<KeysQuery>(parse_keys_query("")).kind == Kind::counter);
  CHECK(std::get<KeysQuery>(parse_keys_query("kind=counter")).kind == Kind::counter);
  CHECK(outcome(parse_keys_query("kind=counters")).starts_with("kind: must be counter"));
}

TEST_CASE("a metric is of every kind, unless one is named") {
  CHECK_FALSE(std::get<MetricQuery>(parse_metric_query("key=k")).kind.has_value());
  CHECK(std::get<MetricQuery>(parse_metric_query("key=k&kind=counter")).kind == Kind::counter);
  CHECK(outcome(parse_metric_query("key=k&kind=x")).starts_with("kind: must be counter"));
  CHECK(outcome(parse_metric_query("kind=counter")).starts_with("key is missing"));
  CHECK(outcome(parse_metric_query("key=a&key=b")).starts_with("key: one at a time"));
}

TEST_CASE("an event has no rate") {
  CHECK(outcome(parse_live_query("key=k&stat=sum&kind=counter")) == "ok");
  CHECK(outcome(parse_live_query("key=k&key=web.*&kind=timer")) == "ok");
  CHECK(outcome(parse_live_query("key=k&stat=p99")) == "ok");  // for a timer of that name
  CHECK(outcome(parse_live_query("key=k&stat=rate&kind=counter")).starts_with("stat: a rate is of periods"));
  CHECK(outcome(parse_live_query("key=k&stat=p99&kind=counter")).starts_with("stat: a counter has sum"));
  const Measure measure{{}, {"p99", "rate"}};
  CHECK(outcome(stats_of_events(measure, Kind::timer)).starts_with("stat: a rate is of periods"));
  CHECK(outcome(stats_of_events(measure, Kind::set)) == "stat: a set has unique; kind= asks for another kind");
}

TEST_CASE("keys by tags") {
  CHECK_FALSE(std::get<KeysQuery>(parse_keys_query("match=a*")).tags.has_value());
  CHECK(std::get<KeysQuery>(parse_keys_query("tag=host:web*&tag=*")).tags->all.size() == 1);
  CHECK(outcome(parse_keys_query("tag=:a")).starts_with("tag: the tag's name is missing"));
}

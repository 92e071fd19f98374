#include "readerd/graphite/gather/names.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "readerd/graphite/gather/path.h"

using namespace kilometric;
using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite/gather");

namespace {

Path path_of(std::string_view text) { return std::get<Path>(Path::parse(text)); }

/// "timer page upper_90": each of what a path may mean beside its very name.
std::vector<std::string> named(std::string_view text) {
  std::vector<std::string> words;
  for (const Meaning& meaning : meanings_of(path_of(text)).named) {
    std::string word(text_of(meaning.kind).name);
    word += " ";
    for (size_t place = 0; place < meaning.keys.size(); ++place)
      word += (place == 0 ? "" : ".") + meaning.keys[place].text;
    words.push_back(word + " " + meaning.before + "*" + meaning.behind +
                    (meaning.per_second ? " per second" : ""));
  }
  return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a path is cut at its dots, but for those in braces and brackets, or behind a backslash") {
  const auto nodes = [](std::string_view text) {
    const Path path = path_of(text);
    Words words;
    for (size_t place = 0; place < path.size(); ++place) words.push_back(path[place].text);
    return words;
  };
  CHECK(nodes("web.1.hits") == Words{"web", "1", "hits"});
  CHECK(nodes("web.{a.b,c}.hits") == Words{"web", "{a.b,c}", "hits"});
  CHECK(nodes("web.[.x].hits") == Words{"web", "[.x]", "hits"});
  CHECK(nodes("web\\.1.hits") == Words{"web\\.1", "hits"});
  CHECK(nodes("web.{a.b") == Words{"web", "{a", "b"});
  CHECK(nodes("") == Words{""});
  CHECK(nodes("a..b") == Words{"a", "", "b"});
  CHECK(std::holds_alternative<Refusal>(Path::parse(std::string(200, '.'))));
  CHECK(std::holds_alternative<Refusal>(Path::parse("a.\xff")));
}

TEST_CASE("a node's question mark is any one byte") {
  const Path path = path_of("disk?.a\\?");
  CHECK(path[0].glob.matches("disk1"));
  CHECK(path[0].glob.matches("disk?"));
  CHECK_FALSE(path[0].glob.matches("disk"));
  CHECK_FALSE(path[0].glob.matches("disk12"));
  CHECK(path[1].literal == "a?");
}

TEST_CASE("StatsD's names and Datadog's are metrics of a kind, and a statistic") {
  CHECK(named("web.hits").empty());
  CHECK(named("stats.counters.web.hits.count") == Words{"counter web.hits stats.counters.*.count",
                                                        "counter counters.web.hits.count stats.* per second",
                                                        "timer stats.counters.web.hits *.count"});
  CHECK(named("stats.counters.web.hits.rate").front() == "counter web.hits stats.counters.*.rate per second");
  CHECK(named("stats_counts.web.hits") == Words{"counter web.hits stats_counts.*"});
  CHECK(named("stats.web") == Words{"counter web stats.* per second"});
  CHECK(named("stats.gauges.queue.length").front() == "gauge queue.length stats.gauges.*");
  CHECK(named("stats.sets.users.count").front() == "set users stats.sets.*.count");
  CHECK(named("stats.timers.page.upper_90").front() == "timer page stats.timers.*.upper_90");
  CHECK(named("stats.timers.page.upper_99_9").front() == "timer page stats.timers.*.upper_99_9");
  CHECK(named("stats.timers.page.nothing").front() == "counter timers.page.nothing stats.* per second");
  CHECK(named("page.95percentile") == Words{"timer page *.95percentile"});
  CHECK(named("page.max") == Words{"timer page *.max"});
  CHECK(named("page.99percentile") == Words{"timer page *.99percentile"});
  CHECK(named("page.101percentile").empty());
}

TEST_CASE("a pattern in the place of the statistic is all that match it") {
  CHECK(named("stats.timers.*.upper*").size() == 3);  // upper, upper_90; and a counter of that name
  CHECK(named("stats.counters.*.*").size() > 2);
}

TEST_CASE("a percentile is of its hundredth") {
  const auto quantile = [](std::string_view text) {
    return meanings_of(path_of(text)).named.front().stat.quantile;
  };
  CHECK(quantile("stats.timers.page.upper_90") == doctest::Approx(0.9));
  CHECK(quantile("stats.timers.page.upper_99_9") == doctest::Approx(0.999));
  CHECK(quantile("page.75percentile") == doctest::Approx(0.75));
}

TEST_SUITE_END();

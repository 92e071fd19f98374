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

/// What a path may mean, list behind list: "timer page stats.timers.*.upper_90".
std::vector<std::string> named(std::string_view text, GraphiteNames listed = GraphiteNames::plain) {
  std::vector<std::string> words;
  for (const auto& meanings : meanings_of(path_of(text), listed))
    for (const Meaning& meaning : meanings) {
      if (meaning.before.empty() && meaning.behind.empty()) {
        if (meaning.kind == Kind::counter) words.emplace_back("itself");
        continue;
      }
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
  CHECK(named("web.hits") == Words{"itself"});
  CHECK(named("stats.counters.web.hits.count") == Words{"itself", "counter web.hits stats.counters.*.count",
                                                        "counter counters.web.hits.count stats.* per second",
                                                        "timer stats.counters.web.hits *.count"});
  CHECK(named("stats.counters.web.hits.rate")[1] == "counter web.hits stats.counters.*.rate per second");
  CHECK(named("stats_counts.web.hits") == Words{"itself", "counter web.hits stats_counts.*"});
  CHECK(named("stats.web") == Words{"itself", "counter web stats.* per second"});
  CHECK(named("stats.gauges.queue.length")[1] == "gauge queue.length stats.gauges.*");
  CHECK(named("stats.sets.users.count")[1] == "set users stats.sets.*.count");
  CHECK(named("stats.timers.page.upper_90")[1] == "timer page stats.timers.*.upper_90");
  CHECK(named("stats.timers.page.upper_99_9")[1] == "timer page stats.timers.*.upper_99_9");
  CHECK(named("stats.timers.page.nothing")[1] == "counter timers.page.nothing stats.* per second");
  CHECK(named("stats.timers").size() == 2);
  CHECK(named("page.95percentile") == Words{"itself", "timer page *.95percentile"});
  CHECK(named("page.max") == Words{"itself", "timer page *.max"});
  CHECK(named("page.99percentile") == Words{"itself", "timer page *.99percentile"});
  CHECK(named("page.101percentile") == Words{"itself"});
}

TEST_CASE("a pattern in the place of the statistic is all that match it") {
  CHECK(named("stats.timers.*.upper*") ==
        Words{"itself", "timer * stats.timers.*.upper", "timer * stats.timers.*.upper_90",
              "timer * stats.timers.*.upper", "timer * stats.timers.*.upper_90",
              "counter timers.*.upper* stats.* per second"});
}

TEST_CASE("what is listed is meant first, and its first node may be a pattern, too") {
  CHECK(named("stats.counters.web.count", GraphiteNames::statsd).front() ==
        "counter web stats.counters.*.count");
  CHECK(named("*.counters.web.count", GraphiteNames::statsd).front() == "counter web stats.counters.*.count");
  CHECK(named("*.counters.web.count").front() == "itself");
  CHECK(named("*.counters.web.count").size() == 2);  // and Datadog's
  CHECK(named("stats.{counters,timers}.web.count")[2] == "counter web stats.counters.*.count");
  CHECK(named("stats*.web", GraphiteNames::legacy) ==
        Words{"counter web stats_counts.*", "counter web stats.* per second", "itself"});
  CHECK(named("web.hits", GraphiteNames::legacy) == Words{"itself"});
}

TEST_CASE("a percentile is of its hundredth, and its siblings are of the lowest or the highest samples") {
  const auto stat = [](const std::string& ending) {
    return meanings_of(path_of("stats.timers.page." + ending), GraphiteNames::statsd).front().front().stat;
  };
  using Of = Stat::Of;
  using Part = Stat::Part;
  const auto is = [&](const std::string& ending, Of of, double share, Part part) {
    CAPTURE(ending);
    const Stat found = stat(ending);
    CHECK((found.of == of && found.part == part));
    CHECK(found.quantile == doctest::Approx(share));
  };
  is("upper_90", Of::quantile, 0.9, Part::all);
  is("upper_99_9", Of::quantile, 0.999, Part::all);
  is("mean_90", Of::mean, 0.9, Part::lowest);
  is("mean_99_9", Of::mean, 0.999, Part::lowest);
  is("count_75", Of::count, 0.75, Part::lowest);
  is("sum_squares_50", Of::squares, 0.5, Part::lowest);
  is("sum_squares", Of::squares, 0, Part::all);
  is("sum_99", Of::sum, 0.99, Part::lowest);
  is("lower_top10", Of::min, 0.1, Part::highest);
  is("mean_top0_1", Of::mean, 0.001, Part::highest);
  for (const char* none : {"mean_", "mean_0", "mean_101", "upper_top10", "lower_90", "sum_squares_top",
                           "count_9_", "median_90", "std_90"}) {
    CAPTURE(none);
    CHECK(stat(none).part == Part::all);  // of a counter of that name, then
    CHECK(meanings_of(path_of(std::string("stats.timers.page.") + none), GraphiteNames::statsd)
              .front()
              .front()
              .kind == Kind::counter);
  }
  const auto datadog = [](std::string_view text) {
    return meanings_of(path_of(text), GraphiteNames::plain).back().front().stat;
  };
  CHECK(datadog("page.75percentile").quantile == doctest::Approx(0.75));
}

TEST_SUITE_END();

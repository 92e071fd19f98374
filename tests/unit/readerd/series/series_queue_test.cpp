#include "readerd/series/series_queue.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "common/redis/layout.h"
#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

struct Fixture : RedisFixture {
  std::string stream_of(size_t index) const { return layout::stream_name(Kind::counter, keys[index]); }

  /// Entries of 1, a second apart.
  void add(size_t index, int entries) {
    for (int i = 1; i <= entries; ++i)
      command({"XADD", stream_of(index), std::to_string(1000 * i) + "-0", "count", "1"});
  }

  /// How many buckets each series has, one after the other; -1 for one that is refused.
  std::vector<int> read_all(Ends ends = Ends::of_the_whole) {
    SeriesQueue queue(store, Kind::counter, keys, selection, ends);
    std::vector<int> counts;
    const auto alive = [] { return true; };
    while (!queue.at_end()) {
      CHECK(queue.next_key() == keys[counts.size()]);
      counts.push_back(0);
      bool ended = false;
      std::function<void()> read_on = [&] {
        queue.next(alive, [&](const Result<Series::Piece>& result) {
          const auto& piece = std::get<Series::Piece>(result);
          counts.back() += static_cast<int>(piece.buckets.size());
          ended = piece.last;
          if (!ended) read_on();
        });
      };
      queue.begin_next(alive, [&](const Result<Extents>& result) {
        if (std::holds_alternative<Extents>(result)) return read_on();
        counts.back() = -1;
        ended = true;
      });
      run_until([&] { return ended; });
    }
    return counts;
  }

  Metrics metrics;
  Store store{loop, redis, metrics};
  Selection selection;
  std::vector<std::string> keys;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "series have their turns in order, whatever is asked for ahead of them") {
  std::vector<int> expected;
  for (int i = 0; i < 12; ++i) keys.push_back("key." + std::to_string(i));
  for (int i = 0; i < 12; ++i) {
    expected.push_back(i == 6 ? 1'100 : i % 4 * 30);  // of many buckets, few and none
    add(static_cast<size_t>(i), expected.back());
  }
  command({"SET", stream_of(9), "no stream"});
  expected[9] = -1;
  selection.period = Period::seconds(1);
  CHECK(read_all() == expected);
}

TEST_CASE_FIXTURE(Fixture, "no page of the first series is asked for before it is wanted") {
  keys = {"a", "b"};
  add(0, 3);
  SeriesQueue queue(store, Kind::counter, keys, selection);
  bool known = false;
  queue.begin_next([] { return true; }, [&](const auto&) { known = true; });
  run_until([&] { return known; });
  CHECK(metrics.pages_read == 0);
}

TEST_CASE_FIXTURE(Fixture, "of several series only what their answer needs is asked") {
  const auto questions = [&](Ends ends = Ends::of_the_whole) {
    command({"CONFIG", "RESETSTAT"});
    read_all(ends);
    const std::string statistics = command({"INFO", "commandstats"});
    const auto calls = [&](const std::string& name) {
      const size_t at = statistics.find("cmdstat_" + name + ":calls=");
      return at == std::string::npos ? 0 : std::stoi(statistics.substr(statistics.find('=', at) + 1));
    };
    return std::vector{calls("xinfo|stream"), calls("xrange"), calls("xrevrange")};
  };
  selection.range = {{1'000, 0}, {layout::kHourMs - 1, kMostSequence}};
  selection.from_given = selection.to_given = true;
  selection.period = Period::seconds(60);
  keys = {"a"};
  add(0, 3);
  CHECK(questions(Ends::asked) == std::vector{3, 2 + 1, 2});  // its ends, and a page
  CHECK(questions() == std::vector{3, 1, 0});
  keys = {"a", "b"};
  add(1, 3);
  CHECK(questions() == std::vector{2 * 3, 2 * 1, 0});
  selection.to_given = false;  // days may say how long it is
  CHECK(questions() == std::vector{2 * 4, 2 * 1, 0});
  selection.period = Period::seconds(3600);  // of which points know no more
  CHECK(questions() == std::vector{2 * 3, 2 * 1, 0});
  selection.period = Period::whole();  // whose ends are told
  CHECK(questions() == std::vector{2 * 3, 2 * (2 + 1), 2 * 2});
}

// The stages of the reader without any query: what another front than /read does with them.
#include "readerd/series/series.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/redis/layout.h"
#include "readerd/functions/shape.h"
#include "readerd/functions/sum.h"
#include "readerd/output/output.h"
#include "readerd/series/extents.h"
#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/series");

namespace {

constexpr uint64_t kHour = layout::kHourMs;
constexpr Kind kKind = Kind::counter;

struct Fixture : RedisFixture {
  void add(const std::string& stream, const std::string& id, const std::string& count) {
    command({"XADD", stream, id, "count", count});
  }
  void add(const std::string& key, uint64_t ms, int count) {
    add(layout::stream_name(kKind, key), std::to_string(ms) + "-0", std::to_string(count));
  }

  Result<Extents> extents_of(const std::string& key) {
    std::optional<Result<Extents>> found;
    ask_extents(
        store, kKind, key, selection, Ends::asked, [] { return true; },
        [&](const auto& result) { found = result; });
    run_until([&] { return found.has_value(); });
    return *found;
  }

  /// Reads the series to its end, into `sink`.
  void read(const std::string& key, Sink& sink) {
    sink.begin(key);
    Series series(store, kKind, key, selection, std::get<Extents>(extents_of(key)));
    bool last = false;
    while (!last) {
      bool answered = false;
      series.next([] { return true; },
                  [&](const Result<Series::Piece>& result) {
                    const auto& piece = std::get<Series::Piece>(result);
                    for (const Bucket& bucket : piece.buckets) REQUIRE(sink.add(bucket));
                    last = piece.last;
                    answered = true;
                  });
      run_until([&] { return answered; });
    }
    REQUIRE(sink.end());
  }

  Metrics metrics;
  Store store{loop, redis, metrics};
  Selection selection;
  ShapeOptions options;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a selection of a series, shaped and written out") {
  for (const int hour : {1, 2, 4}) add("a", static_cast<uint64_t>(hour) * kHour + 7, hour);
  selection.period = Period::seconds(3600);
  options.fill = Fill::zero;
  const auto output = Output::make(Format::csv, false, false);
  Shape shape(selection, options, *output);
  read("a", shape);
  CHECK(output->text() == "a,3600000,1\r\na,7200000,2\r\na,10800000,0\r\na,14400000,4\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a selection of several series, summed, the last period first") {
  for (const char* key : {"a", "b"})
    for (const int hour : {1, 2}) add(key, static_cast<uint64_t>(hour) * kHour, hour);
  add("b", 5 * kHour, 5);
  selection.period = Period::seconds(3600);
  selection.order = Order::descending;
  const auto output = Output::make(Format::ndjson, false, false);
  Shape shape(selection, options, *output);
  SumBudget budget;
  Sum sum(budget, selection, shape);
  sum.begin_sum("both");
  for (const char* key : {"a", "b"}) read(key, sum);
  REQUIRE(sum.finish());
  CHECK(output->text() ==
        "{\"name\":\"both\",\"from\":18000000,\"value\":5}\n"
        "{\"name\":\"both\",\"from\":7200000,\"value\":4}\n"
        "{\"name\":\"both\",\"from\":3600000,\"value\":2}\n");
}

TEST_CASE_FIXTURE(Fixture, "closed hours come from their tier, and a whole has the times of its entries") {
  add("a", kHour + 7, 1);
  add("a", 3 * kHour + 9, 4);
  add(layout::hour_name(kKind, "a"), std::to_string(kHour) + "-0",
      "20");  // not what the stream says: it is told apart
  const auto output = Output::make(Format::csv, true, false);
  Shape shape(selection, options, *output);
  read("a", shape);
  CHECK(output->text() == "a,3600007,10800009,24\r\n");
}

TEST_CASE_FIXTURE(Fixture, "a long tier is read page by page, with gaps or without, in both orders") {
  for (const int every : {1, 3, 70}) {  // hours between two entries
    CAPTURE(every);
    command({"FLUSHALL"});
    command({"EVAL",
             "for hour = 1, 2600 do if hour % ARGV[1] == 0 then"
             " redis.call('XADD', KEYS[1], hour * 3600000 .. '-0', 'count', hour) end end",
             "1", layout::hour_name(kKind, "a"), std::to_string(every)});
    add("a", 2601 * kHour + 5, 7);
    std::vector<std::string> lines;
    for (int hour = every; hour <= 2600; hour += every)
      lines.push_back("a," + std::to_string(hour * kHour) + "," + std::to_string(hour) + "\r\n");
    lines.push_back("a," + std::to_string(2601 * kHour) + ",7\r\n");
    selection.period = Period::seconds(3600);
    for (const Order order : {Order::ascending, Order::descending}) {
      selection.order = order;
      const auto output = Output::make(Format::csv, false, false);
      Shape shape(selection, options, *output);
      read("a", shape);
      std::string expected;
      for (const std::string& line : lines)
        expected = order == Order::ascending ? expected + line : line + expected;
      CHECK(output->text() == expected);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "what is no stream is refused, unless it is a tier") {
  command({"MSET", layout::stream_name(kKind, "raw"), "x", layout::hour_name(kKind, "tier"), "x"});
  add("tier", 5, 1);
  const auto raw = extents_of("raw");
  REQUIRE(std::holds_alternative<Refusal>(raw));
  CHECK(std::get<Refusal>(raw).status == 400);
  const auto tier = extents_of("tier");
  REQUIRE(std::holds_alternative<Extents>(tier));
  CHECK(std::get<Extents>(tier).raw.length == 1);
  CHECK(std::get<Extents>(tier).hour.length == 0);
}

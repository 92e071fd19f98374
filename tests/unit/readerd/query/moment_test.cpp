#include "readerd/query/moment.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "readerd/series/period.h"

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/query");

namespace {

constexpr uint64_t kNow = 1'603'303'544'893;

struct MustParse {
  const char* text;
  StreamId as_from;
  StreamId as_to;
};

StreamId first_of(uint64_t ms) { return {ms, 0}; }
StreamId last_of(uint64_t ms) { return {ms, kMostSequence}; }

}  // namespace

TEST_CASE("moments that must parse") {
  const MustParse rows[] = {
      {"-", kFirstId, kFirstId},
      {"+", kLastId, kLastId},
      {" ", kLastId, kLastId},  // "+" after form decoding
      {"0", first_of(0), last_of(0)},
      {"1603303544000", first_of(1603303544000), last_of(1603303544000)},
      {"18446744073709551615", first_of(kMostMs), kLastId},
      {"1603303544000-0", {1603303544000, 0}, {1603303544000, 0}},
      {"5-18446744073709551615", last_of(5), last_of(5)},
      {"now", first_of(kNow), last_of(kNow)},
      {"-0s", first_of(kNow), last_of(kNow)},
      {"-1s", first_of(kNow - 1000), last_of(kNow - 1000)},
      {"-90sec", first_of(kNow - 90'000), last_of(kNow - 90'000)},
      {"-2m", first_of(kNow - 120'000), last_of(kNow - 120'000)},
      {"-15min", first_of(kNow - 900'000), last_of(kNow - 900'000)},
      {"-1h", first_of(kNow - 3'600'000), last_of(kNow - 3'600'000)},
      {"-1d", first_of(kNow - 86'400'000), last_of(kNow - 86'400'000)},
      {"-2w", first_of(kNow - 1'209'600'000), last_of(kNow - 1'209'600'000)},
      {"2020-10-21T18:05:44Z", first_of(1603303544000), last_of(1603303544000)},
      {"2020-10-21t18:05:44.893z", first_of(kNow), last_of(kNow)},
      {"2020-10-21T20:05:44+02:00", first_of(1603303544000), last_of(1603303544000)},
      {"2020-10-21T20:05:44 02:00", first_of(1603303544000),
       last_of(1603303544000)},  // "+" after form decoding
      {"2020-10-21T12:35:44-05:30", first_of(1603303544000), last_of(1603303544000)},
      {"1970-01-01T00:00:00Z", first_of(0), last_of(0)},
      {"1603303544.893", first_of(kNow), last_of(kNow)},
      {"1603303544.8", first_of(1603303544800), last_of(1603303544800)},
      {"-1h30m", first_of(kNow - 5'400'000), last_of(kNow - 5'400'000)},
      {"-1d12h30min5s", first_of(kNow - 131'405'000), last_of(kNow - 131'405'000)},
      {"now-1h", first_of(kNow - 3'600'000), last_of(kNow - 3'600'000)},
      {"now-1h30m", first_of(kNow - 5'400'000), last_of(kNow - 5'400'000)},
      {"now+1h", first_of(kNow + 3'600'000), last_of(kNow + 3'600'000)},
      {"now 1h", first_of(kNow + 3'600'000), last_of(kNow + 3'600'000)},  // "+" after form decoding
      {"now+18446744073709551615w", first_of(kMostMs), kLastId},
      {"2020-10-21", first_of(1603238400000), last_of(1603324799999)},
      {"1970-01-01", first_of(0), last_of(86'399'999)},
      {"2020-02-29", first_of(1582934400000), last_of(1583020799999)},
      // Before the epoch, and past 64 bits: as early as it gets.
      {"-9000w", first_of(0), last_of(0)},
      {"-18446744073709551615w", first_of(0), last_of(0)},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_moment(row.text, Edge::from, kNow) == row.as_from);
    CHECK(parse_moment(row.text, Edge::to, kNow) == row.as_to);
  }
}

TEST_CASE("moments that must not parse") {
  for (const char* text : {"",
                           "--",
                           "++",
                           "  ",
                           "yesterday",
                           "Now",
                           "now ",
                           "-15",
                           "-min",
                           "-15 min",
                           "-15mins",
                           "-1.5h",
                           "-15MIN",
                           "15min",
                           "+15min",
                           "-+5s",
                           "--5s",
                           "1603303544000-",
                           "-0-0",
                           "1-2-3",
                           "1-*",
                           "1e3",
                           "0x10",
                           "1.5",
                           " 1",
                           "1 ",
                           "18446744073709551616",
                           "1-18446744073709551616",
                           "-18446744073709551616s",
                           "\xFF",
                           "(1-0",
                           "2020-02-30",
                           "2020-1-1",
                           "1969-12-31",
                           "2020-10-21Z",
                           "20201021T180544Z",
                           "1603303544.",
                           "1603303544.x",
                           "160330354.5",
                           "0603303544.5",
                           "1603303544893.5",
                           "now1h",
                           "now-",
                           "now--1h",
                           "now+ 1h",
                           "-1h30",
                           "-h",
                           "-1h-30m",
                           "-1h 30m",
                           "1h",
                           "2020-10-21T18:05:44",
                           "2020-10-21T18:05Z",
                           "2020-13-01T00:00:00Z",
                           "2020-02-30T00:00:00Z",
                           "2020-10-21T25:00:00Z",
                           "2020-10-21T18:05:44Zx",
                           "1969-12-31T23:59:59Z",
                           "2020-10-21 18:05:44Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_moment(text, Edge::from, kNow));
  }
  CHECK_FALSE(parse_moment(std::string_view("1\0", 2), Edge::to, kNow));
}

TEST_CASE("ten digits are seconds, from 2001 on; all other numbers are milliseconds") {
  const auto ms_of = [](const char* text) { return parse_moment(text, Edge::from, kNow)->ms; };
  CHECK(ms_of("1795627158") == 1'795'627'158'000);
  CHECK(ms_of("1000000000") == 1'000'000'000'000);  // 2001-09-09
  CHECK(ms_of("9999999999") == 9'999'999'999'000);  // 2286-11-20
  CHECK(ms_of("999999999") == 999'999'999);
  CHECK(ms_of("0999999999") == 999'999'999);
  CHECK(ms_of("01603303544") == 1'603'303'544);
  CHECK(ms_of("10000000000") == 10'000'000'000);
  CHECK(ms_of("1603303544893") == kNow);
  CHECK(parse_moment("1603303544-0", Edge::from, kNow) == StreamId{1'603'303'544, 0});  // IDs are milliseconds
}

TEST_CASE("days are those of the zone") {
  const auto day = [](const char* text, const char* zone) {
    const auto* const found = Period::find_zone(zone);
    return std::pair{parse_moment(text, Edge::from, kNow, found)->ms,
                     parse_moment(text, Edge::to, kNow, found)->ms};
  };
  CHECK(day("2026-03-29", "Europe/Vienna") ==
        std::pair<uint64_t, uint64_t>{1774738800000, 1774821599999});  // 23 h
  CHECK(day("2026-10-25", "Europe/Vienna") ==
        std::pair<uint64_t, uint64_t>{1792879200000, 1792969199999});  // 25 h
  CHECK(day("1970-01-01", "Asia/Tokyo") == std::pair<uint64_t, uint64_t>{0, 53'999'999});
  const auto [from, to] = day("2011-12-30", "Pacific/Apia");  // there was none
  CHECK(from == to);
}

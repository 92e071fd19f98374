#include "common/metric/event_line.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

/// `name=text` of each field, with bars between; or what is wrong with the line.
std::string fields_of(const std::string& line) {
  REQUIRE(EventLine::is_one(line));
  EventLine event;
  switch (event.parse(line)) {
    case EventFault::bad_event:
      return "bad event";
    case EventFault::bad_check:
      return "bad check";
    case EventFault::too_long:
      return "too long";
    default:
      break;
  }
  std::string text;
  event.fields([&](std::string_view name, std::string_view value) {
    text.append(text.empty() ? "" : "|").append(name).append("=").append(value);
  });
  return text;
}

}  // namespace

TEST_CASE("events as DogStatsD's clients send them") {
  CHECK(fields_of("_e{5,4}:title|text") == "title=title|text=text");
  CHECK(fields_of(
            "_e{5,9}:title|some text|d:1603303541|h:web1|k:deploys|p:low|s:ci|t:warning|#env:prod,a|c:box") ==
        "title=title|text=some text|date=1603303541|host=web1|aggregation_key=deploys|priority=low|source=ci|"
        "alert_type=warning|tags=env:prod,a");
  CHECK(fields_of("_e{5,0}:title|") == "title=title|text=");
  CHECK(fields_of("_e{2,1}:42|c") == "title=42|text=c");
  CHECK(fields_of("_e{3,7}:a|b|c|d|e:f|h:x") == "title=a|b|text=c|d|e:f|host=x");
  CHECK(fields_of("_e{2,3}:\xC3\xBC|\xE2\x82\xAC") == "title=\xC3\xBC|text=\xE2\x82\xAC");
  CHECK(fields_of("_e{1,6}:t|a\\nb\\n") == "title=t|text=a\nb\n");
}

TEST_CASE("service checks as DogStatsD's clients send them") {
  CHECK(fields_of("_sc|redis.up|0") == "check=redis.up|status=0");
  CHECK(fields_of("_sc|redis.up|2|d:1603303541|h:web1|#env:prod,a|m:no\\nanswer, m\\: x|c:box") ==
        "check=redis.up|status=2|date=1603303541|host=web1|tags=env:prod,a|message=no\nanswer, m: x");
  CHECK(fields_of("_sc|a|3|k:of events|t:too") == "check=a|status=3");
}

TEST_CASE("what is skipped of a line") {
  CHECK(fields_of("_e{1,1}:a|b|d:|h:|d:soon|#|zz||x") == "title=a|text=b");
  CHECK(fields_of("_e{1,1}:a|b|h:one|h:two") == "title=a|text=b|host=two");
}

TEST_CASE("lines that are no event") {
  for (const char* line : {"_e{",
                           "_e{1",
                           "_e{1,",
                           "_e{1,1",
                           "_e{1,1}",
                           "_e{1,1}:",
                           "_e{1,1}:a",
                           "_e{1,1}:a|",
                           "_e{1,1}:ab|c",
                           "_e{1,1}:a|bc",
                           "_e{1,1}:a:b",
                           "_e{0,1}:|a",
                           "_e{2,2}:a|b",
                           "_e{-1,1}:a|b",
                           "_e{1,-1}:a|b",
                           "_e{+1,1}:a|b",
                           "_e{1 ,1}:a|b",
                           "_e{a,b}:a|b",
                           "_e{,}:a|b",
                           "_e{1,18446744073709551615}:a|b",
                           "_e{18446744073709551616,1}:a|b",
                           "_e{99999999999999999999999,1}:a|b",
                           "_e{8193,1}:a|b",
                           "_e{1,1}:\x01|b",
                           "_e{1,1}:a|\x7F",
                           "_e{1,1}:a|\xFF",
                           "_e{1,1}:a|b|h:\xC2\x85",
                           "_e{1,1}:a|b|#\xC3"})
    CHECK_MESSAGE(fields_of(line) == "bad event", line);
  for (const char* line : {"_sc|", "_sc|a", "_sc|a|", "_sc||0", "_sc|a|4", "_sc|a|00", "_sc|a|ok", "_sc|a|-1",
                           "_sc|a|0x", "_sc|\x01|0", "_sc|a|0|m:\xFF"})
    CHECK_MESSAGE(fields_of(line) == "bad check", line);
  CHECK_FALSE(EventLine::is_one("_e"));
  CHECK_FALSE(EventLine::is_one("_sc"));
  CHECK_FALSE(EventLine::is_one("e{1,1}:a|b"));
}

TEST_CASE("a line of 8,192 bytes, and one more") {
  const std::string most = "_e{1," + std::to_string(8'192 - 13) + "}:t|" + std::string(8'192 - 13, 'x');
  REQUIRE(most.size() == EventLine::kMostBytes);
  CHECK(fields_of(most).size() > 8'000);
  CHECK(fields_of(most + "|") == "too long");
  CHECK(fields_of("_sc|" + std::string(8'192, 'x')) == "too long");
}

#include "common/redis/page.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// A reply as hiredis makes it of the bytes that Redis sends.
Reply reply_of(const std::string& bytes) {
  redisReader* reader = redisReaderCreate();
  redisReaderFeed(reader, bytes.data(), bytes.size());
  void* reply = nullptr;
  REQUIRE(redisReaderGetReply(reader, &reply) == REDIS_OK);
  REQUIRE(reply != nullptr);
  redisReaderFree(reader);
  return Reply(static_cast<redisReply*>(reply));
}

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }
std::string entry(const std::string& id, const std::string& count) {
  return "*2\r\n" + bulk(id) + "*2\r\n" + bulk("count") + bulk(count);
}
std::string array(size_t size) { return "*" + std::to_string(size) + "\r\n"; }

}  // namespace

TEST_CASE("entries of the original's and of ours") {
  const auto reply =
      reply_of(array(4) + entry("1603303544893-0", "42") + entry("1603303544893-1", "1") +
               entry("1603303544893-140737488355327", "-7") + entry("1603303544894-140737488355327", "2.5"));
  const auto page = parse_page(Kind::counter, *reply, {});
  REQUIRE(page);
  REQUIRE(page->entries.size() == 4);
  CHECK(page->entries[0].id == StreamId{1603303544893, 0});
  CHECK(page->entries[0].delta.events() == Amount{42, 0});
  CHECK(page->entries[2].delta.events() == Amount{-7, 0});
  CHECK(page->entries[3].delta.events() == Amount{2, 500'000});
  CHECK(page->skipped == 0);
  CHECK_FALSE(page->rest);
}

TEST_CASE("an empty range") {
  const auto page = parse_page(Kind::counter, *reply_of("*0\r\n"), {});
  REQUIRE(page);
  CHECK(page->entries.empty());
  CHECK_FALSE(page->rest);
}

TEST_CASE("the count may stand among other fields") {
  const auto reply = reply_of(array(1) + array(2) + bulk("5-0") + array(4) + bulk("host") + bulk("a") +
                              bulk("count") + bulk("3"));
  const auto page = parse_page(Kind::counter, *reply, {});
  REQUIRE(page);
  CHECK(page->entries.at(0).delta.events() == Amount{3, 0});
}

TEST_CASE("entries without a usable count are skipped") {
  const std::string foreign[] = {
      array(2) + bulk("1-0") + array(2) + bulk("Count") + bulk("3"),
      array(2) + bulk("1-0") + array(2) + bulk("count") + bulk("many"),
      array(2) + bulk("1-0") + array(2) + bulk("count") + bulk(""),
      array(2) + bulk("1-0") + array(1) + bulk("count"),
      array(2) + bulk("1-0") + array(0),
      array(2) + bulk("1-0") + "*-1\r\n",
      array(2) + bulk("1-0") + bulk("count"),
      array(2) + bulk("1-0") + array(2) + bulk("count") + array(0),
  };
  for (const auto& bytes : foreign) {
    CAPTURE(bytes);
    const auto page = parse_page(Kind::counter, *reply_of(array(2) + bytes + entry("2-0", "1")), {});
    REQUIRE(page);
    CHECK(page->skipped == 1);
    CHECK(page->entries.size() == 1);
  }
}

TEST_CASE("replies that are no page") {
  const IdRange asked{{10, 0}, {20, 0}};
  const std::string replies[] = {
      "+OK\r\n",
      ":1\r\n",
      "$-1\r\n",
      "*-1\r\n",
      bulk("10-0"),
      array(1) + bulk("10-0"),
      array(1) + array(1) + bulk("10-0"),
      array(1) + entry("10", "1"),
      array(1) + entry("x-0", "1"),
      array(1) + entry("9-5", "1"),                        // before the range
      array(1) + entry("20-1", "1"),                       // after the range
      array(2) + entry("10-0", "1") + entry("10-0", "1"),  // the same twice
      array(2) + entry("11-0", "1") + entry("10-0", "1"),  // backwards
  };
  for (const auto& bytes : replies) {
    CAPTURE(bytes);
    CHECK_FALSE(parse_page(Kind::counter, *reply_of(bytes), asked));
  }
}

TEST_CASE("a full page names what is left") {
  std::string bytes = array(kPageEntries);
  for (size_t i = 0; i < kPageEntries; ++i) bytes += entry("7-" + std::to_string(i), "1");
  const auto reply = reply_of(bytes);
  CHECK(parse_page(Kind::counter, *reply, {})->rest == IdRange{{7, kPageEntries}, kLastId});
  CHECK(parse_page(Kind::counter, *reply, {{7, 0}, {7, kPageEntries}})->rest ==
        IdRange{{7, kPageEntries}, {7, kPageEntries}});
  CHECK_FALSE(parse_page(Kind::counter, *reply, {{7, 0}, {7, kPageEntries - 1}})->rest);
}

TEST_CASE("a page in descending order") {
  const IdRange asked{{10, 0}, {20, 0}};
  const auto page = parse_page(Kind::counter, *reply_of(array(2) + entry("19-7", "1") + entry("12-0", "1")),
                               asked, Order::descending, 2);
  REQUIRE(page);
  CHECK(page->rest == IdRange{{10, 0}, {11, kMostSequence}});
  const auto to_the_end =
      parse_page(Kind::counter, *reply_of(array(1) + entry("10-0", "1")), asked, Order::descending, 1);
  REQUIRE(to_the_end);
  CHECK_FALSE(to_the_end->rest);
  CHECK_FALSE(parse_page(Kind::counter, *reply_of(array(2) + entry("12-0", "1") + entry("13-0", "1")), asked,
                         Order::descending));
  CHECK_FALSE(parse_page(Kind::counter, *reply_of(array(1) + entry("9-0", "1")), asked, Order::descending));
}

TEST_CASE("a full page that ends at the last of all IDs") {
  std::string bytes = array(kPageEntries);
  for (size_t i = 1; i < kPageEntries; ++i) bytes += entry("7-" + std::to_string(i), "1");
  bytes += entry(to_text(kLastId), "1");
  const auto page = parse_page(Kind::counter, *reply_of(bytes), {});
  REQUIRE(page);
  CHECK_FALSE(page->rest);
}

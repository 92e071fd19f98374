#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/redis/page.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

std::optional<std::vector<StreamId>> ids_of(const std::string& bytes, const StreamId& last = kLastId) {
  redisReader* reader = redisReaderCreate();
  redisReaderFeed(reader, bytes.data(), bytes.size());
  void* reply = nullptr;
  REQUIRE(redisReaderGetReply(reader, &reply) == REDIS_OK);
  redisReaderFree(reader);
  REQUIRE(reply != nullptr);
  const std::unique_ptr<redisReply, FreeReply> owned(static_cast<redisReply*>(reply));
  return parse_ids(*owned, last);
}

std::string entry(const std::string& id, const std::string& fields = "*0\r\n") {
  return "*2\r\n$" + std::to_string(id.size()) + "\r\n" + id + "\r\n" + fields;
}

}  // namespace

TEST_CASE("the IDs of a page, whatever its entries hold") {
  CHECK(ids_of("*0\r\n") == std::vector<StreamId>{});
  CHECK(ids_of("*3\r\n" + entry("1-0") + entry("1-7", "*-1\r\n") +
               entry("18446744073709551615-2", "$1\r\nx\r\n")) ==
        std::vector<StreamId>{{1, 0}, {1, 7}, {kMostMs, 2}});
}

TEST_CASE("answers that are no page") {
  for (const char* bytes :
       {"+OK\r\n", ":1\r\n", "$-1\r\n", "*-1\r\n", "-ERR no\r\n", "*1\r\n:1\r\n", "*1\r\n*0\r\n",
        "*1\r\n*1\r\n$3\r\n1-0\r\n", "*1\r\n*2\r\n:1\r\n*0\r\n", "*1\r\n*2\r\n*0\r\n*0\r\n"})
    CHECK_MESSAGE(!ids_of(bytes), bytes);
  CHECK_FALSE(ids_of("*1\r\n" + entry("1")));
  CHECK_FALSE(ids_of("*1\r\n" + entry("x-0")));
}

TEST_CASE("only ever greater IDs, and none past the last one asked for") {
  CHECK_FALSE(ids_of("*2\r\n" + entry("1-0") + entry("1-0")));
  CHECK_FALSE(ids_of("*2\r\n" + entry("2-0") + entry("1-9")));
  CHECK(ids_of("*1\r\n" + entry("5-0"), {5, 0}));
  CHECK_FALSE(ids_of("*1\r\n" + entry("5-1"), {5, 0}));
}

#include "common/redis/reply.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// As it comes from the wire.
Reply read(const std::string& wire) {
  const std::unique_ptr<redisReader, FreeReader> reader(redisReaderCreate());
  redisReaderFeed(reader.get(), wire.data(), wire.size());
  void* reply = nullptr;
  REQUIRE(redisReaderGetReply(reader.get(), &reply) == REDIS_OK);
  REQUIRE(reply != nullptr);
  return Reply(static_cast<redisReply*>(reply));
}

std::string text(const std::string& bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

Reply time(const std::string& seconds, const std::string& microseconds) {
  return read("*2\r\n" + text(seconds) + text(microseconds));
}

}  // namespace

TEST_CASE("a reply's text is that of a string, status or error, and of nothing else") {
  CHECK(reply_text(read("$3\r\nabc\r\n").get()) == "abc");
  CHECK(reply_text(read("+OK\r\n").get()) == "OK");
  CHECK(reply_text(read("-ERR no\r\n").get()) == "ERR no");
  CHECK(reply_text(read(":12\r\n").get()).empty());
  CHECK(reply_text(read("$-1\r\n").get()).empty());
  CHECK(reply_text(read("*0\r\n").get()).empty());
  CHECK(reply_text(nullptr).empty());
}

TEST_CASE("an error is told by its first word") {
  CHECK(is_error(read("-WRONGTYPE Operation against a key\r\n").get(), "WRONGTYPE"));
  CHECK(is_error(read("-WRONGTYPE\r\n").get(), "WRONGTYPE"));
  CHECK_FALSE(is_error(read("-WRONGTYPES\r\n").get(), "WRONGTYPE"));
  CHECK_FALSE(is_error(read("+WRONGTYPE\r\n").get(), "WRONGTYPE"));
  CHECK_FALSE(is_error(nullptr, "WRONGTYPE"));
}

TEST_CASE("errors that have a meaning, in the words of Redis 5 to 7") {
  const Reply small =
      read("-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n");
  CHECK(is_id_too_small(small.get()));
  CHECK_FALSE(is_unknown_word(small.get()));
  for (const std::string words : {"syntax error", "Invalid stream ID specified as stream command argument",
                                  "wrong number of arguments for 'xadd' command", "unknown command `X`"})
    CHECK_MESSAGE(is_unknown_word(read("-ERR " + words + "\r\n").get()), words);
  CHECK_FALSE(is_unknown_word(read("-READONLY syntax error\r\n").get()));
  CHECK(is_no_such_key(read("-ERR no such key\r\n").get()));
  CHECK_FALSE(is_no_such_key(read("+no such key\r\n").get()));
  CHECK_FALSE(is_id_too_small(nullptr));
  CHECK_FALSE(is_unknown_word(nullptr));
  CHECK_FALSE(is_no_such_key(nullptr));
}

TEST_CASE("the top of a stream is the first half of its last generated ID") {
  const std::string id = text("1603303544893-7");
  const std::string last = text("last-generated-id");
  CHECK(top_ms(read("*4\r\n" + text("length") + ":1\r\n" + last + id).get()) == 1603303544893);
  CHECK(top_ms(read("*3\r\n" + text("length") + ":1\r\n" + last).get()) == 0);
  CHECK(top_ms(read("*4\r\n" + last + ":5\r\n" + last + id).get()) == 0);
  CHECK(top_ms(read("-ERR no such key\r\n").get()) == 0);
  CHECK(top_ms(nullptr) == 0);
}

TEST_CASE("TIME is two whole numbers, up to the year 9999") {
  CHECK(parse_time(time("1603303544", "893999").get()) == 1603303544893);
  CHECK(parse_time(time("0", "0").get()) == 0);
  CHECK(parse_time(time("253402300799", "999999").get()) == 253402300799999);
  CHECK_FALSE(parse_time(time("253402300800", "0").get()));
  CHECK_FALSE(parse_time(time("1603303544", "1000000").get()));
  CHECK_FALSE(parse_time(time("-1", "0").get()));
  CHECK_FALSE(parse_time(time("1.5", "0").get()));
  CHECK_FALSE(parse_time(time("", "0").get()));
  CHECK_FALSE(parse_time(read("*1\r\n$1\r\n1\r\n").get()));
  CHECK_FALSE(parse_time(read("+OK\r\n").get()));
  CHECK_FALSE(parse_time(nullptr));
}

TEST_CASE("INFO's values are found by their names") {
  const std::string_view info = "# Server\r\nrun_id:abc\r\nmaster_replid:def\r\n";
  CHECK(info_value(info, "run_id") == "abc");
  CHECK(info_value(info, "master_replid") == "def");
  CHECK(info_value(info, "role").empty());
  CHECK(info_value("run_id:ab", "run_id") == "ab");
  CHECK(info_value("", "run_id").empty());
}

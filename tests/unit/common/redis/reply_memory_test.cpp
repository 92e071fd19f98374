#include "common/redis/reply_memory.h"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

using Random = std::mt19937_64;

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
using Reader = std::unique_ptr<redisReader, FreeReader>;

std::string text_of(const redisReply& reply) {
  std::string text = std::to_string(reply.type) + ":" + std::to_string(reply.integer) + ":";
  if (reply.str != nullptr) text.append(reply.str, reply.len);
  for (size_t i = 0; i < reply.elements; ++i) text += "(" + text_of(*reply.element[i]) + ")";
  return text;
}

/// Of any type, some larger than a block.
std::string random_wire(Random& random, int depth) {
  switch (random() % (depth < 5 ? 7 : 5)) {
    case 0:
      return ":" + std::to_string(static_cast<int64_t>(random())) + "\r\n";
    case 1:
      return "$-1\r\n";
    case 2:
      return "+OK\r\n";
    case 3:
      return "-ERR no\r\n";
    case 4: {
      const std::string bytes(random() % 16 == 0 ? random() % 50'000 : random() % 30, '\0');
      return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
    }
    default: {
      const size_t count = random() % 16 == 0 ? random() % 500 : random() % 4;
      std::string wire = "*" + std::to_string(count) + "\r\n";
      for (size_t i = 0; i < count; ++i) wire += random_wire(random, count > 4 ? 5 : depth + 1);
      return wire;
    }
  }
}

/// Fed piece by piece.
std::string read(redisReader& reader, const std::string& wire, Random& random) {
  void* reply = nullptr;
  for (size_t at = 0; at < wire.size() && reply == nullptr;) {
    const size_t bytes = std::min(wire.size() - at, random() % 20'000);
    redisReaderFeed(&reader, wire.data() + at, bytes);
    at += bytes;
    REQUIRE(redisReaderGetReply(&reader, &reply) == REDIS_OK);
  }
  REQUIRE(reply != nullptr);
  std::string text = text_of(*static_cast<const redisReply*>(reply));
  if (reader.privdata == nullptr) freeReplyObject(reply);
  return text;
}

}  // namespace

TEST_CASE("replies are those that hiredis makes by itself, one after the other in the same memory") {
  Random random(11);
  ReplyMemory memory;
  const Reader plain(redisReaderCreate()), served(redisReaderCreate());
  memory.serve(*served);
  for (int turn = 0; turn < 2'000; ++turn) {
    const std::string wire = random_wire(random, 0);
    REQUIRE(read(*served, wire, random) == read(*plain, wire, random));
    memory.clear();
  }
}

TEST_CASE("an array that announces more elements than anybody asks for is refused") {
  ReplyMemory memory;
  for (const std::string wire : {"*1048577\r\n", "*2147483647\r\n", "*1\r\n*1048577\r\n"}) {
    const Reader reader(redisReaderCreate());
    memory.serve(*reader);
    redisReaderFeed(reader.get(), wire.data(), wire.size());
    void* reply = nullptr;
    CHECK(redisReaderGetReply(reader.get(), &reply) == REDIS_ERR);
    memory.clear();
  }
}

TEST_SUITE_END();

#include "common/redis/slots.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "common/redis/layout.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

/// An error reply.
struct Error {
  explicit Error(std::string words) : text(std::move(words)) {
    reply.type = REDIS_REPLY_ERROR;
    reply.str = text.data();
    reply.len = text.size();
  }
  std::string text;
  redisReply reply{};
};

std::string redirect(const std::string& words) {
  const Error error(words);
  const auto parsed = parse_redirect(error.reply, "asked");
  return parsed ? (parsed->ask ? "ask " : "moved ") + std::to_string(parsed->slot) + " " + parsed->host.text()
                : "";
}

/// A range of slots and its primary, as CLUSTER SLOTS gives it.
struct Range {
  Range(long long first, long long last, std::string host, long long port) : name(std::move(host)) {
    for (auto [part, number] : {std::pair(&from, first), {&to, last}, {&number_, port}}) {
      part->type = REDIS_REPLY_INTEGER;
      part->integer = number;
    }
    host_.type = REDIS_REPLY_STRING;
    host_.str = name.data();
    host_.len = name.size();
    node.type = reply.type = REDIS_REPLY_ARRAY;
    node.elements = 2;
    node.element = node_parts;
    reply.elements = 3;
    reply.element = parts;
  }
  Range(const Range&) = delete;
  std::string name;
  redisReply from{}, to{}, number_{}, host_{}, node{}, reply{};
  redisReply* node_parts[2] = {&host_, &number_};
  redisReply* parts[3] = {&from, &to, &node};
};

SlotAnswer answer(std::vector<redisReply*> ranges) {
  redisReply all{};
  all.type = REDIS_REPLY_ARRAY;
  all.elements = ranges.size();
  all.element = ranges.data();
  return parse_slots(all, "asked");
}

}  // namespace

TEST_CASE("slot_of(): Redis' own vectors, and tags in braces") {
  CHECK(slot_of("123456789") == 0x31C3);
  CHECK(slot_of("") == 0);
  CHECK(slot_of("foo") == 12'182);
  CHECK(slot_of("a{foo}b{bar}") == 12'182);
  CHECK(slot_of("{foo") != 12'182);
  CHECK(slot_of("{}foo") != slot_of(""));
  CHECK(slot_of("{}{foo}") != 12'182);
  CHECK(slot_of("}{foo}") == 12'182);
}

TEST_CASE("layout: in a cluster every tier has its raw stream's slot, whatever the key") {
  for (const std::string key : {"visits", "{a", "a}b", "{}a", "a{b}c", "}{", "{}", "}}}{{{"}) {
    const uint16_t slot = slot_of(layout::stream_name(Kind::counter, key));
    CHECK(slot_of(layout::hour_name(Kind::counter, key, true)) == slot);
    CHECK(slot_of(layout::day_name(Kind::counter, key, true)) == slot);
    CHECK(slot_of(layout::points_name(Kind::counter, key, true)) == slot);
  }
  CHECK(layout::hour_name(Kind::counter, "visits") == "kilometric:hour.visits");
}

TEST_CASE("key_of_command(): the first argument, the second of XINFO, the third of EVAL, none of TIME") {
  const std::string xadd = "*3\r\n$4\r\nXADD\r\n$1\r\nk\r\n$1\r\n*\r\n";
  CHECK(key_of_command(xadd) == "k");
  CHECK(key_of_command("*4\r\n$4\r\nEVAL\r\n$1\r\ns\r\n$1\r\n1\r\n$1\r\nk\r\n") == "k");
  CHECK(key_of_command("*3\r\n$5\r\nXINFO\r\n$6\r\nSTREAM\r\n$2\r\n\r\n\r\n") == "\r\n");
  CHECK(!key_of_command("*1\r\n$4\r\nTIME\r\n"));
  for (size_t size = 0; size < xadd.size(); ++size) key_of_command(std::string_view(xadd).substr(0, size));
}

TEST_CASE("parse_redirect(): where to, and what is none") {
  CHECK(redirect("MOVED 3999 127.0.0.1:6381") == "moved 3999 127.0.0.1:6381");
  CHECK(redirect("ASK 0 ::1:1") == "ask 0 [::1]:1");
  CHECK(redirect("MOVED 1 :6381") == "moved 1 asked:6381");
  for (const char* words :
       {"MOVED", "MOVED ", "MOVED 1", "MOVED 16384 h:1", "MOVED 1 h", "MOVED 1 h:0", "MOVED 1 h:65536",
        "MOVED -1 h:1", "MOVED x h:1", "MOVED 1 h h:1", "ERR MOVED 1 h:1"})
    CHECK(redirect(words).empty());
  CHECK(redirect("MOVED 1 " + std::string(300, 'h') + ":1").empty());
}

TEST_CASE("parse_slots(): whole, in order, and bounded") {
  Range low(0, 99, "a", 1), high(100, 16'383, "", 2), gap(101, 16'383, "b", 2), far(100, 16'384, "b", 2),
      back(5, 4, "b", 2), strange(100, 16'383, "b", 0), twice(99, 16'383, "b", 2);
  const SlotAnswer whole = answer({&high.reply, &low.reply});
  CHECK(whole.failure.empty());
  REQUIRE(whole.map.primaries.size() == 2);
  CHECK(whole.map.primaries[0].text() == "a:1");
  CHECK(whole.map.primaries[1].text() == "asked:2");
  CHECK(slots_text(whole.map.slots()[1]) == "100-16383");
  CHECK(whole.map.owners[99] == 0);
  CHECK(answer({&low.reply, &gap.reply}).failure == "no node has the slots 100");
  CHECK(answer({}).failure == "no node has the slots 0-16383");
  for (Range* bad : {&far, &back, &strange, &twice})
    CHECK(answer({&low.reply, &bad->reply}).failure == "it answers with strange slots");
}

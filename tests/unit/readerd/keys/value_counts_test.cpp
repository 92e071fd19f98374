#include "readerd/keys/value_counts.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/keys");

namespace {

std::string text_of(const std::vector<ValueCounts::Value>& values) {
  std::string text;
  for (const auto& value : values)
    text.append(text.empty() ? "" : " ").append(value.text).append(":").append(std::to_string(value.count));
  return text;
}

}  // namespace

TEST_CASE("values are told in their order, once a walk has ended") {
  ValueCounts counts(1);
  size_t room = 10'000;
  for (const char* value : {"us", "eu", "us", "", "eu2", "eu"}) CHECK(counts.count(value, room));
  CHECK(counts.empty());
  CHECK(counts.first(10, "", "").empty());
  CHECK(counts.turn() == 0);
  CHECK_FALSE(counts.empty());
  CHECK(text_of(counts.first(10, "", "")) == ":1 eu:2 eu2:1 us:2");
  CHECK(text_of(counts.first(2, "", "")) == ":1 eu:2");
  CHECK(text_of(counts.first(10, "eu", "")) == "eu:2 eu2:1");
  CHECK(text_of(counts.first(10, "", "eu")) == "eu2:1 us:2");
  CHECK(text_of(counts.first(10, "e", "eu2")).empty());
}

TEST_CASE("what a walk did not find is forgotten, and its memory is free again") {
  ValueCounts counts(2);
  size_t room = 10'000;
  counts.count("kept", room);
  const size_t room_with_one = room;
  counts.count("gone", room);
  CHECK(room_with_one - room == ValueCounts::bytes_of("gone"));
  counts.turn();
  counts.count("kept", room);
  counts.count("kept", room);
  counts.count("new", room);
  CHECK(text_of(counts.first(10, "", "")) == "gone:1 kept:1");  // amid a walk
  CHECK(counts.turn() == ValueCounts::bytes_of("gone"));
  CHECK(text_of(counts.first(10, "", "")) == "kept:2 new:1");
  CHECK(counts.turn() == ValueCounts::bytes_of("kept") + ValueCounts::bytes_of("new"));
  CHECK(counts.empty());
}

TEST_CASE("a value for which there is no room is left out, those that are known count on") {
  ValueCounts counts(3);
  size_t room = ValueCounts::bytes_of("a");
  CHECK(counts.count("a", room));
  CHECK(room == 0);
  CHECK_FALSE(counts.count("b", room));
  CHECK(counts.count("a", room));
  counts.turn();
  CHECK(text_of(counts.first(10, "", "")) == "a:2");
}

TEST_CASE("many values over many walks are as a plain map has them") {
  std::mt19937 random(4);
  ValueCounts counts(random());
  size_t room = 100'000'000;
  const size_t all_room = room;
  for (int walk = 0; walk < 20; ++walk) {
    std::map<std::string, uint32_t> plain;
    for (int i = 0; i < 3'000; ++i) {
      const std::string value = "v" + std::to_string(random() % (1 + random() % 5'000));
      ++plain[value];
      REQUIRE(counts.count(value, room));
    }
    room += counts.turn();
    const auto told = counts.first(10'000, "", "");
    REQUIRE(told.size() == plain.size());
    CHECK(std::ranges::equal(told, plain, [](const auto& value, const auto& of_map) {
      return value.text == of_map.first && value.count == of_map.second;
    }));
  }
  room += counts.turn();
  CHECK(room == all_room);
}

TEST_CASE("the first values behind another, that begin alike, are as plain sorting has them") {
  std::mt19937 random(5);
  std::vector<std::string> texts;
  const auto any_text = [&] {
    std::string text;
    for (size_t size = random() % 13; size > 0; --size) text += "ab\xC3\xBC"[random() % 4];
    return text;
  };
  ValueCounts counts(random());
  size_t room = 1'000'000;
  for (int i = 0; i < 2'000; ++i) {
    texts.push_back(any_text());
    counts.count(texts.back(), room);
  }
  counts.turn();
  std::ranges::sort(texts);
  texts.erase(std::ranges::unique(texts).begin(), texts.end());
  for (int i = 0; i < 2'000; ++i) {
    const size_t most = 1 + random() % 20;
    const std::string after = any_text(), prefix = any_text().substr(0, random() % 13);
    std::vector<std::string> plain, told;
    for (const std::string& text : texts)
      if (plain.size() < most && text.starts_with(prefix) && (after.empty() || text > after))
        plain.push_back(text);
    for (const auto& value : counts.first(most, prefix, after)) told.emplace_back(value.text);
    REQUIRE(told == plain);
  }
}

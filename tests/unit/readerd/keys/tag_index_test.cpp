#include "readerd/keys/tag_index.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/keys");

namespace {

std::string tags_of(const TagIndex& index, std::string_view prefix = "") {
  std::string text;
  for (const std::string& tag : index.tags(prefix)) text.append(text.empty() ? "" : " ").append(tag);
  return text;
}

uint32_t count_of(const TagIndex& index, std::string_view tag, std::string_view value) {
  for (const auto& each : index.values(tag, 1'000, "", ""))
    if (each.text == value) return each.count;
  return 0;
}

}  // namespace

TEST_CASE("the tags of series, and their names") {
  TagIndex index;
  for (const char* key : {"ms;dc=eu;host=a", "ms;dc=us;host=a", "hits;dc=eu", "plain", "odd;x"}) index.add(key);
  CHECK(tags_of(index).empty());
  index.turn();
  CHECK(tags_of(index) == "dc host name");
  CHECK(tags_of(index, "h") == "host");
  CHECK(tags_of(index, "hosts").empty());
  CHECK(count_of(index, "dc", "eu") == 2);
  CHECK(count_of(index, "host", "a") == 2);
  CHECK(count_of(index, "name", "ms") == 2);
  CHECK(count_of(index, "name", "plain") == 0);
  CHECK(index.values("nowhere", 10, "", "").empty());
}

TEST_CASE("a tag that no series has any more is forgotten") {
  TagIndex index;
  index.add("ms;dc=eu");
  index.turn();
  const size_t bytes = index.bytes();
  index.add("ms;host=a");
  CHECK(tags_of(index) == "dc name");
  index.turn();
  CHECK(tags_of(index) == "host name");
  CHECK(index.bytes() == bytes);
  index.turn();
  CHECK(tags_of(index).empty());
  CHECK(index.bytes() == 0);
}

TEST_CASE("what has no room is counted, and has it again when others have gone") {
  TagIndex index(2 * TagIndex::kTagBytes + ValueCounts::bytes_of("ms") + ValueCounts::bytes_of("a"));
  for (const char* key : {"ms;host=a", "ms;host=b", "ms;host=b", "ms;dc=eu"}) index.add(key);
  CHECK(index.left_out() == 0);  // amid a walk
  index.turn();
  CHECK(index.left_out() == 3);
  CHECK(count_of(index, "host", "a") == 1);
  CHECK(count_of(index, "name", "ms") == 4);
  CHECK(tags_of(index) == "host name");
  index.turn();
  index.add("ms;host=b");
  index.turn();
  CHECK(index.left_out() == 0);
  CHECK(count_of(index, "host", "b") == 1);
}

TEST_CASE("there are so many tags at most") {
  TagIndex index;
  for (size_t i = 0; i < TagIndex::kMostTags + 10; ++i) index.add("ms;t" + std::to_string(i) + "=1");
  index.turn();
  CHECK(index.tags("").size() == TagIndex::kMostTags);
  CHECK(index.left_out() == 11);  // one is `name`
}

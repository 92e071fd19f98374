#include "readerd/keys/tagged_key.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/keys");

namespace {

std::string parts_of(std::string_view key) {
  const TaggedKey tagged(key);
  std::string text(tagged.name());
  tagged.for_each([&](const TaggedKey::Tag& tag) {
    text.append(" [").append(tag.first).append("] [").append(tag.second).append("]");
  });
  return text;
}

}  // namespace

TEST_CASE("a key is a name and its tags") {
  CHECK(parts_of("ms") == "ms");
  CHECK(parts_of("ms;env=prod") == "ms [env] [prod]");
  CHECK(parts_of("a.b;env=prod;host=web1") == "a.b [env] [prod] [host] [web1]");
  CHECK(parts_of("ms;a==b=;c=") == "ms [a] [=b=] [c] []");
}

TEST_CASE("what has a part that is no tag is a name") {
  for (const char* key :
       {"", ";", ";a=b", "ms;", "ms;a", "ms;=b", "ms;a=b;", "ms;a=b;c", "ms;a=b;=c", "a;;b=c"})
    CHECK(parts_of(key) == key);
}

TEST_CASE("the value of a tag") {
  const TaggedKey key("ms;env=prod;host=web1");
  CHECK(key.find("env") == "prod");
  CHECK(key.find("host") == "web1");
  CHECK(key.find("name") == "ms");
  for (const char* tag : {"", "en", "env=", "prod", "hos", "host1", "ms"}) CHECK_FALSE(key.find(tag));
  CHECK_FALSE(TaggedKey("ms;env").find("env"));
}

#include "ingestd/count/spellings.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

struct Fixture {
  KeyHash hash{KeyHash::Secret{}};
  Spellings spellings;

  explicit Fixture(uint64_t keys = 1) : spellings(hash, keys) { spellings.set_rules({true, {}, '\0'}); }

  Line resolve(std::string_view name, std::string_view section) {
    Line line{name, {1, 0}, Outcome::accepted};
    const uint64_t key_hash = spellings.resolve(line, section);
    if (line.outcome == Outcome::accepted) REQUIRE(key_hash == hash(line.key));
    return line;
  }
};

}  // namespace

TEST_CASE("spellings of a key lead to it, again and again") {
  Fixture f;
  for (int i = 0; i < 3; ++i) {
    CHECK(f.resolve("m", "b:2,a:1").key == "m;a=1;b=2");
    CHECK(f.resolve("m", "a:1,b:2").key == "m;a=1;b=2");
    CHECK(f.resolve("m;b=2", "a:1").key == "m;a=1;b=2");
    CHECK(f.resolve("m;a=1", "").key == "m;a=1");
    CHECK(f.resolve("n", "b:2,a:1").key == "n;a=1;b=2");
    CHECK(f.resolve("m", "").key == "m");
  }
  const std::string_view first = f.resolve("m", "b:2,a:1").key;
  CHECK(f.resolve("m", "b:2,a:1").key.data() == first.data());  // made once
  const std::string_view name = "m;a=1;b=2";
  CHECK(f.resolve(name, "").key.data() == name.data());  // not at all
}

TEST_CASE("a line that cannot be resolved has an outcome") {
  Fixture f;
  std::string many;
  for (int i = 0; i < 33; ++i) many += "t" + std::to_string(i) + ":v,";
  const Line line = f.resolve("m", many);
  CHECK((line.outcome == Outcome::too_many_tags && line.key == "m"));
  CHECK(f.resolve("m", "k:" + std::string(1'020, 'v')).outcome == Outcome::key_too_long);
  CHECK(f.resolve(std::string(256, 'm'), "k:v").outcome == Outcome::bad_key);
}

TEST_CASE("where tags are dropped a key is what was sent") {
  Fixture f;
  f.spellings.set_rules({});
  CHECK(f.resolve("m;b=2;a=1", "c:3").key == "m;b=2;a=1");
  CHECK(f.resolve("m;" + std::string(254, 'm'), "").outcome == Outcome::bad_key);
}

TEST_CASE("more spellings than there is room for take no more memory") {
  Fixture f;
  uint64_t most = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string section = "id:" + std::to_string(i) + ",a:1";
    const Line line = f.resolve("m", section);
    REQUIRE(line.key == "m;a=1;id=" + std::to_string(i));
    if (i >= 40'000) {  // of the older generation, also when the newer one is full
      const std::string before = std::to_string(i - 40'000);
      REQUIRE(f.resolve("m", "id:" + before + ",a:1").key == "m;a=1;id=" + before);
    }
    if (i % 7'000 == 0) CHECK(f.resolve("m", "id:0,a:1").key == "m;a=1;id=0");
    most = std::max(most, f.spellings.bytes());
  }
  CHECK(most <= uint64_t{12} << 20);
}

TEST_CASE("as many spellings as there may be keys, which come again and again, take one generation") {
  constexpr int kKeys = 50'000;
  Fixture f(kKeys);
  uint64_t first = 0;
  for (int turn = 0; turn < 3; ++turn) {
    for (int i = 0; i < kKeys; ++i) {
      const std::string id = std::to_string(1'000'000 + i);
      const Line line =
          f.resolve("shop.web.request.duration", "host:web-" + id + ",dc:eu-west-1,version:" + id);
      REQUIRE(line.key.size() == 71);
    }
    if (turn == 0) first = f.spellings.bytes();
    CHECK(f.spellings.bytes() == first);
  }
}

#include "ingestd/parse/tagged_key.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/parse");

namespace {

const TagRules kKeep{true, {}, '\0'};

/// The key, or the outcome's name.
std::string key(std::string_view name, std::string_view section = {}, const TagRules& rules = kKeep) {
  TaggedKey tagged;
  const std::string_view made = tagged.make(name, section, rules);
  CHECK(made.empty() == (tagged.outcome() != Outcome::accepted));
  return std::string(made.empty() ? text_of(tagged.outcome()).name : made);
}

std::string tags(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "t" + std::to_string(i) + ":v,";
  return text;
}

}  // namespace

TEST_CASE("one key, however its tags are spelled") {
  for (const char* section :
       {"a:1,b:2", "b:2,a:1", "b:2,a:1,", ",b:9,b:2,,a:1", "a:1,b:2,dd.internal.entity_id:x"})
    CHECK_MESSAGE(key("m", section) == "m;a=1;b=2", section);
  for (const char* name : {"m;a=1;b=2", "m;b=2;a=1", "m;b=9;a=1;b=2;"})
    CHECK_MESSAGE(key(name) == "m;a=1;b=2", name);
  CHECK(key("m;b=2", "a:1") == "m;a=1;b=2");
  CHECK(key("m;b=2", "b:3") == "m;b=3");
}

TEST_CASE("tags are sorted as carbon sorts them") {
  CHECK(key("m", "a:y,a1:x,B:z") == "m;B=z;a1=x;a=y");
  CHECK(key("m", "a:\xC3\xBC,a:z") == "m;a=z");
  CHECK(key("m", "\xC3\xBC:1,z:1") == "m;z=1;\xC3\xBC=1");
}

TEST_CASE("what a tag may hold") {
  CHECK(key("m", "bare,k:") == "m;bare=true");
  CHECK(key("m;bare;k=") == "m;bare=true");
  CHECK(key("m", ":v,:,,") == "m");
  CHECK(key("m", "url:http://x:80/a=b") == "m;url=http://x:80/a=b");
  CHECK(key("m", "k:a;b,l:~~c~,n:~") == "m;k=a_b;l=c~");
  CHECK(key("m", "a=b:1,a!b:2,^:3") == "m;_=3;a_b=2");
  CHECK(key("m", "host:h,c:x,e:y,card:low") == "m;c=x;card=low;e=y;host=h");
}

TEST_CASE("a key is its own spelling") {
  for (const char* section : {"", "a:1,b:2", "k:~a;b=c,l,m:,n:x[y]", "a,a!b:1,\xC3\xBC:#"})
    for (const char in_name : {'\0', ',', '#', '['}) {
      const TagRules rules{true, {}, in_name};
      const std::string made = key("n!x;z=1,#[", section, rules);
      CHECK_MESSAGE(key(made, {}, rules) == made, made);
    }
}

TEST_CASE("tags to keep") {
  const TagRules some{true, {"env", "host"}, '\0'};
  CHECK(key("m", "env:prod,request_id:7,host:a", some) == "m;env=prod;host=a");
  CHECK(key("m;request_id=7", {}, some) == "m");
  CHECK(key("m", tags(40) + "env:x", some) == "m;env=x");
  CHECK(key("m", "a!b:1", {true, {"a_b"}, '\0'}) == "m;a_b=1");
}

TEST_CASE("limits of a key with tags") {
  CHECK(key("m", tags(32)).starts_with("m;t0=v;t1"));
  CHECK(key("m", tags(32) + tags(32)) == key("m", tags(32)));
  CHECK(key("m", tags(33)) == "too_many_tags");
  CHECK(key("m", "k:" + std::string(1'023 - 4, 'v')).size() == 1'023);
  CHECK(key("m", "k:" + std::string(1'024 - 4, 'v')) == "key_too_long");
  CHECK(key("m", "k:" + std::string(60'000, 'v') + ",k:v") == "m;k=v");
  CHECK(key(std::string(255, 'm'), "a:b").size() == 259);
  CHECK(key(std::string(256, 'm'), "a:b") == "bad_key");
  CHECK(key(";a=b") == "bad_key");
}

TEST_CASE("tags within a name, where rules say so") {
  CHECK(key("m,a=1") == "m,a=1");
  CHECK(key("m,b=2,a=1", "c:3", {true, {}, ','}) == "m;a=1;b=2;c=3");
  CHECK(key("m#b=2,a=1", {}, {true, {}, '#'}) == "m;a=1;b=2");
  CHECK(key("m[b=2,a=1]", {}, {true, {}, '['}) == "m;a=1;b=2");
  CHECK(key("m[b=2,a=1].count", {}, {true, {}, '['}) == "m.count;a=1;b=2");
  CHECK(key("m;b=2;a=1", {}, {true, {}, ','}) == "m;a=1;b=2");
  CHECK(key("m[b=2,a=1", {}, {true, {}, '['}) == "bad_tags");
  CHECK(key("m[b=2];a=1", {}, {true, {}, '['}) == "bad_tags");
  CHECK(key("m[b=2]x[a=1]", {}, {true, {}, '['}) == "bad_tags");
}

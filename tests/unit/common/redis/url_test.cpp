#include "common/redis/url.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE_BEGIN("common/redis");

using kilometric::RedisUrl;

namespace {

struct Good {
  const char* text;
  RedisUrl url;
  const char* display;
};

RedisUrl tcp(std::string host, uint16_t port, unsigned db = 0, std::string user = "",
             std::string password = "") {
  return {std::move(host), port, "", std::move(user), std::move(password), db, false, {}, {}, "", "", ""};
}

RedisUrl by_tls(RedisUrl url) {
  url.tls = true;
  return url;
}

RedisUrl unix_socket(std::string path, unsigned db = 0, std::string user = "", std::string password = "") {
  return {"", 6379, std::move(path), std::move(user), std::move(password), db, false, {}, {}, "", "", ""};
}

RedisUrl by_sentinels(std::vector<RedisUrl::Host> sentinels, std::string primary, RedisUrl rest = tcp("", 0)) {
  rest.host.clear();
  rest.port = 6379;
  rest.sentinels = std::move(sentinels);
  rest.primary = std::move(primary);
  return rest;
}

/// As whom the sentinels are asked.
RedisUrl asked_as(RedisUrl url, std::string user, std::string password) {
  url.sentinel_user = std::move(user);
  url.sentinel_password = std::move(password);
  return url;
}

}  // namespace

TEST_CASE("Redis URLs that are understood") {
  const Good must_parse[] = {
      {"redis://localhost:6379/0", tcp("localhost", 6379), "redis://localhost:6379/0"},
      {"redis://redis.example", tcp("redis.example", 6379), "redis://redis.example:6379/0"},
      {"redis://10.0.0.1:1/15", tcp("10.0.0.1", 1, 15), "redis://10.0.0.1:1/15"},
      {"REDIS://h:65535/", tcp("h", 65535), "redis://h:65535/0"},
      {"redis://[::1]", tcp("::1", 6379), "redis://[::1]:6379/0"},
      {"redis://[fe80::1%eth0]:7000/2", tcp("fe80::1%eth0", 7000, 2), "redis://[fe80::1%eth0]:7000/2"},
      {"redis://:secret@h", tcp("h", 6379, 0, "", "secret"), "redis://h:6379/0"},
      {"redis://ann:secret@h:1/3", tcp("h", 1, 3, "ann", "secret"), "redis://h:1/3"},
      {"redis://ann@h", tcp("h", 6379, 0, "ann"), "redis://h:6379/0"},
      {"redis://a%3Ab:p%40%25+:@h", tcp("h", 6379, 0, "a:b", "p@%+:"), "redis://h:6379/0"},
      {"redis://:p@ss/word?@h/1", tcp("h", 6379, 1, "", "p@ss/word?"), "redis://h:6379/1"},
      {"redis://:@h", tcp("h", 6379), "redis://h:6379/0"},
      {"rediss://ann:secret@h:1/3", by_tls(tcp("h", 1, 3, "ann", "secret")), "rediss://h:1/3"},
      {"RedisS://[::1]", by_tls(tcp("::1", 6379)), "rediss://[::1]:6379/0"},
      {"redis-sentinel://h/main", by_sentinels({{"h", 26379}}, "main"), "redis-sentinel://h:26379/main/0"},
      {"redis-sentinel://h:1,[::1],10.0.0.1:3/a.B-c_9/4",
       by_sentinels({{"h", 1}, {"::1", 26379}, {"10.0.0.1", 3}}, "a.B-c_9", tcp("", 0, 4)),
       "redis-sentinel://h:1,[::1]:26379,10.0.0.1:3/a.B-c_9/4"},
      {"redis-sentinel://ann:p@ss/,@h/m/", by_sentinels({{"h", 26379}}, "m", tcp("", 0, 0, "ann", "p@ss/,")),
       "redis-sentinel://h:26379/m/0"},
      {"rediss-sentinel://:x@h/m?sentinel-password=y%40&sentinel-user=bob",
       asked_as(by_tls(by_sentinels({{"h", 26379}}, "m", tcp("", 0, 0, "", "x"))), "bob", "y@"),
       "rediss-sentinel://h:26379/m/0"},
      {"unix:///run/redis.sock", unix_socket("/run/redis.sock"), "unix:///run/redis.sock"},
      {"unix:///a%20b?db=4", unix_socket("/a b", 4), "unix:///a b?db=4"},
      {"unix:///run/a@b:c", unix_socket("/run/a@b:c"), "unix:///run/a@b:c"},
      {"unix://ann:p?w@/s?db=1", unix_socket("/s", 1, "ann", "p?w"), "unix:///s?db=1"},
  };
  for (const Good& good : must_parse) {
    CAPTURE(good.text);
    const RedisUrl url = RedisUrl::parse(good.text);
    CHECK(url.host == good.url.host);
    CHECK(url.port == good.url.port);
    CHECK(url.path == good.url.path);
    CHECK(url.user == good.url.user);
    CHECK(url.password == good.url.password);
    CHECK(url.db == good.url.db);
    CHECK(url.tls == good.url.tls);
    CHECK(url.sentinels == good.url.sentinels);
    CHECK(url.primary == good.url.primary);
    CHECK(url.sentinel_user == good.url.sentinel_user);
    CHECK(url.sentinel_password == good.url.sentinel_password);
    CHECK(url.display() == good.display);
  }
}

TEST_CASE("Redis URLs that are refused, without a word of what they hold") {
  const std::string too_long = "unix:///" + std::string(107, 'x');
  std::string too_many = "redis-sentinel://h";
  for (int i = 0; i < 16; ++i) too_many += ",h";
  too_many += "/m";
  for (const std::string text : {"",
                                 "localhost",
                                 "localhost:6379",
                                 "http://zzzz",
                                 "rediss://",
                                 "rediss:///0",
                                 "redis:",
                                 "redis://",
                                 "redis:///0",
                                 "redis://:6379",
                                 "redis://zzzz:",
                                 "redis://zzzz:0",
                                 "redis://zzzz:65536",
                                 "redis://zzzz:+1",
                                 "redis://zzzz: 1",
                                 "redis://zzzz:1x",
                                 "redis://zzzz/x",
                                 "redis://zzzz/-1",
                                 "redis://zzzz/4294967296",
                                 "redis://zzzz/0/1",
                                 "redis://zzzz?db=1",
                                 "redis://zzzz/0#x",
                                 "redis://::1",
                                 "redis://[::1",
                                 "redis://[::1]x",
                                 "redis://[::1]:",
                                 "redis://[]:1",
                                 "redis://%zz:zzzz@h",
                                 "redis://:zzzz%4@h",
                                 "redis://:zzzz%@h",
                                 "redis://zz zz@h",
                                 "redis://zzzz\n",
                                 "redis://zzzz@",
                                 "redis-sentinel://",
                                 "redis-sentinel:///m",
                                 "redis-sentinel://h",
                                 "redis-sentinel://h/",
                                 "redis-sentinel://h,/m",
                                 "redis-sentinel://,h/m",
                                 "redis-sentinel://zzzz:0/m",
                                 "redis-sentinel://h/zzzz,",
                                 "redis-sentinel://h/m/zzzz",
                                 "redis-sentinel://h/m/0/1",
                                 "redis-sentinel://h/m?zzzz=1",
                                 "redis-sentinel://h/m?sentinel-password=%zz",
                                 "redis-sentinel://h/m?sentinel-password=zz@zz",
                                 "redis-cluster://h:1,zzzz:x",
                                 "redis-cluster://h/1",
                                 "rediss-cluster://zzzz,",
                                 "unix://",
                                 "unix://zzzz",
                                 "unix://zzzz@run/s",
                                 "unix:///zzzz?db=",
                                 "unix:///zzzz?db=x",
                                 "unix:///zzzz?DB=1",
                                 "unix:///zzzz?db=1&x=1",
                                 "unix:///zzzz%00",
                                 "unix://:a@/zzzz@/s",
                                 too_long.c_str(),
                                 too_many.c_str()}) {
    CAPTURE(text);
    try {
      RedisUrl::parse(text);
      FAIL_CHECK("was accepted");
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()).find("zz") == std::string::npos);
      CHECK(std::string(error.what()) != "");
    }
  }
}

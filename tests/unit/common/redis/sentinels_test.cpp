#include "common/redis/sentinels.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "tests/unit/redis_client.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/redis");

namespace {

/// It knows the primary `main` at port 1, where nobody is.
struct Sentinel : RedisServer {
  explicit Sentinel(const RedisServer::Options& more = {})
      : RedisServer(with_more(more), "sentinel monitor main 127.0.0.1 1 1") {}

  static Options with_more(const Options& more) {
    Options options{"--sentinel"};
    options.insert(options.end(), more.begin(), more.end());
    return options;
  }

  /// From now on `main` is at another port; done when that is answered.
  void name(uint16_t port) const {
    LoopFixture f;
    bool done = false;
    Redis admin(
        f.loop, RedisUrl::parse(url()), {}, [] {}, [](const std::string&) {});
    admin.start();
    f.run_until([&] { return admin.up(); });
    admin.command({"SENTINEL", "REMOVE", "main"}, [](const redisReply*) {});
    admin.command({"SENTINEL", "MONITOR", "main", "127.0.0.1", std::to_string(port), "1"},
                  [&](const redisReply*) { done = true; });
    f.run_until([&] { return done; });
  }
};

std::string host_of(const RedisServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

struct Fixture : LoopFixture {
  explicit Fixture(const std::string& hosts, const std::string& rest = "/main")
      : url(RedisUrl::parse("redis-sentinel://" + hosts + rest)) {
    sentinels.ask();
  }

  /// What is told next: the address, or why there is none.
  std::string next() {
    told.reset();
    run_until([&] { return told.has_value(); });
    return *told;
  }

  std::optional<std::string> told;
  RedisUrl url;
  Sentinels sentinels{loop,
                      url,
                      {[this](const RedisUrl::Host& primary) { told = primary.text(); },
                       [this](const std::string& reason) { told = reason; }}};
};

}  // namespace

TEST_CASE("Sentinels: the address is told again and again, and when it has changed") {
  const Sentinel sentinel;
  Fixture f(host_of(sentinel));
  CHECK(f.next() == "127.0.0.1:1");
  CHECK(f.next() == "127.0.0.1:1");
  sentinel.name(2);
  f.run_until([&] { return f.told == "127.0.0.1:2"; });
}

TEST_CASE("Redis: a sentinel that names a dead primary is not asked for ever") {
  const Sentinel outdated, sentinel;
  const RedisServer primary;
  sentinel.name(primary.port());
  LoopFixture f;
  Redis redis(
      f.loop, RedisUrl::parse("redis-sentinel://" + host_of(outdated) + "," + host_of(sentinel) + "/main"),
      {.writes = true}, [] {}, [](const std::string&) {});
  redis.start();
  f.run_until([&] { return redis.up(); });
  CHECK(redis.place().ends_with(" (" + host_of(primary) + ")"));
}

TEST_CASE(
    "Redis: what the sentinels name is reached, also when they name another while that is well, or hangs") {
  const Sentinel sentinel;
  const RedisServer first,
      replica({"--replicaof", "127.0.0.1 " + std::to_string(first.port()), "--replica-read-only", "no"});
  RedisServer hung;
  sentinel.name(first.port());
  LoopFixture f;
  std::string down;
  Redis redis(
      f.loop, RedisUrl::parse("redis-sentinel://" + host_of(sentinel) + "/main"), {.writes = true}, [] {},
      [&](const std::string& reason) { down = reason; });
  const auto reaches = [&](const RedisServer& server) {
    f.run_until([&] { return redis.up() && redis.place().ends_with(" (" + host_of(server) + ")"); });
  };
  redis.start();
  reaches(first);
  sentinel.name(hung.port());
  f.run_until([&] { return !down.empty(); });
  CHECK(down == "the primary is " + host_of(hung) + " now, by the sentinels");
  reaches(hung);
  hung.pause();
  sentinel.name(first.port());
  reaches(first);
  sentinel.name(replica.port());
  f.run_until([&] { return down == host_of(replica) + ", the primary by the sentinels: it is a replica"; });
}

TEST_CASE("Sentinels: the next one is asked when one is dead, hangs or is killed") {
  RedisServer dead;
  dead.kill();
  Sentinel first, second;
  first.pause();
  Fixture f(host_of(dead) + "," + host_of(first) + "," + host_of(second));
  CHECK(f.next() == "127.0.0.1:1");
  second.kill();
  first.resume();
  CHECK(f.next() == "127.0.0.1:1");
  first.kill();
  const std::string nobody = ": connection refused";
  CHECK(f.next() == "no sentinel knows the primary: " + host_of(dead) + nobody + "; " + host_of(first) +
                        nobody + "; " + host_of(second) + nobody);
  second.start(Sentinel::with_more({}));
  CHECK(f.next() == "127.0.0.1:1");
}

TEST_CASE("Sentinels: why none of them will do") {
  const RedisServer plain;
  const Sentinel sentinel, locked({"--requirepass", "secret"});
  const auto reason = [](const RedisServer& server, const std::string& rest = "/main") {
    const std::string text = Fixture(host_of(server), rest).next();
    const std::string before = "no sentinel knows the primary: " + host_of(server) + ": ";
    return text.starts_with(before) ? text.substr(before.size()) : text;
  };
  CHECK(reason(plain) == "it is no sentinel");
  CHECK(reason(sentinel, "/other") == "it knows no primary named other");
  CHECK(reason(locked) == "it wants a password (NOAUTH): set sentinel-password in KILOMETRIC_REDIS_URL");
  CHECK(reason(locked, "/main?sentinel-password=x") == "Redis refused the password (WRONGPASS)");
  CHECK(reason(locked, "/main?sentinel-password=secret") == "127.0.0.1:1");
}

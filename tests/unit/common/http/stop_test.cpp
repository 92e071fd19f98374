#include "common/http/server.h"
#include "tests/unit/common/http/harness.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/http");
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLongTime{60'000};
constexpr std::string_view kLast = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

struct Stop {
  Stop(HttpHarness& harness, bool drain, milliseconds deadline) {
    harness.server->stop(drain, deadline, [this] { ++calls; });
  }
  int calls = 0;
};

bool refused(const HttpHarness& harness) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const bool failed =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&harness.address_), sizeof harness.address_) != 0;
  ::close(fd);
  return failed;
}

}  // namespace

TEST_CASE("stopping a server without connections is told once, and not before stop returns") {
  HttpHarness harness;
  Stop stop(harness, true, kLongTime);
  CHECK(stop.calls == 0);
  CHECK(harness.until([&] { return stop.calls == 1; }));
  harness.turn();
  CHECK(stop.calls == 1);
}

TEST_CASE("idle connections are closed by a stop") {
  HttpHarness harness;
  RawClient never(harness), once(harness);
  once.send("GET /t HTTP/1.1\r\n\r\n");
  once.receive(kNoContent.size());
  CHECK(harness.until([&] { return harness.server->connections() == 2; }));
  Stop stop(harness, false, kLongTime);
  CHECK(never.receive_all() == "");
  CHECK(once.receive_all() == kNoContent);
  CHECK(never.ended());
  CHECK(once.ended());
  CHECK(harness.until([&] { return stop.calls == 1; }));
}

TEST_CASE("a request that has reached us is answered by a stop, then its connection is closed") {
  HttpHarness harness;
  RawClient client(harness);
  CHECK(harness.until([&] { return harness.server->connections() == 1; }));
  CHECK(::send(client.fd(), "GET /t HTTP/1.1\r\n\r\n", 19, 0) == 19);
  Stop stop(harness, false, kLongTime);
  CHECK(client.receive_all() == kLast);
  client.close();
  CHECK(harness.until([&] { return stop.calls == 1; }));
}

TEST_CASE("a request begun is answered by a stop") {
  HttpHarness harness;
  RawClient client(harness);
  client.send("POST /t HTTP/1.1\r\nContent-Length: 4\r\n\r\nbo");
  harness.turn();
  Stop stop(harness, false, kLongTime);
  harness.turn();
  CHECK(stop.calls == 0);
  client.send("dyGET /never HTTP/1.1\r\n\r\n");
  CHECK(client.receive_all() == kLast);
  CHECK(harness.requests == std::vector<std::string>{"POST /t? body"});
  client.close();
  CHECK(harness.until([&] { return stop.calls == 1; }));
}

TEST_CASE("an answer outstanding is awaited by a stop") {
  HttpHarness harness;
  std::optional<HttpResponse> kept;
  harness.handler = [&](const HttpRequest&, HttpResponse response) { kept.emplace(std::move(response)); };
  RawClient client(harness);
  client.send("GET /t HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return kept.has_value(); }));
  Stop stop(harness, true, kLongTime);
  harness.turn();
  CHECK(stop.calls == 0);
  CHECK(kept->wanted());
  kept->send(204, {}, {});
  CHECK(client.receive_all() == kLast);
  client.close();
  CHECK(harness.until([&] { return stop.calls == 1; }));
}

TEST_CASE("what the listening queue holds is served when it is to be drained") {
  HttpHarness harness;
  std::list<RawClient> clients;
  for (int i = 0; i < 100; ++i)
    CHECK(::send(clients.emplace_back(harness).fd(), "GET /t HTTP/1.1\r\n\r\n", 19, 0) == 19);
  CHECK(harness.server->connections() == 0);  // the loop has not turned yet
  SUBCASE("drained") {
    Stop stop(harness, true, kLongTime);
    for (RawClient& client : clients) CHECK(client.receive_all() == kLast);
    clients.clear();
    CHECK(harness.until([&] { return stop.calls == 1; }));
  }
  SUBCASE("left to the next process") {
    Stop stop(harness, false, kLongTime);
    CHECK(harness.until([&] { return stop.calls == 1; }));
    CHECK(harness.requests.empty());
  }
}

TEST_CASE("the listening socket is left alone: its owner goes on with it") {
  HttpHarness harness;
  Stop stop(harness, true, kLongTime);
  CHECK(harness.until([&] { return stop.calls == 1; }));
  CHECK(!refused(harness));
  harness.turn();
  CHECK(harness.server->connections() == 0);
}

TEST_CASE("the deadline cuts what is left") {
  HttpHarness harness;
  std::optional<HttpResponse> kept;
  harness.handler = [&](const HttpRequest&, HttpResponse response) { kept.emplace(std::move(response)); };
  RawClient pending(harness), half(harness);
  pending.send("GET /t HTTP/1.1\r\n\r\n");
  half.send("GET /t");
  CHECK(harness.until([&] { return kept.has_value(); }));
  harness.turn();
  Stop stop(harness, true, milliseconds(50));
  CHECK(harness.until([&] { return stop.calls == 1; }));
  CHECK(harness.server->connections() == 0);
  CHECK(!kept->wanted());
  CHECK(pending.receive_all() == "");
  CHECK(half.receive_all() == "");
  harness.turn();
  CHECK(stop.calls == 1);
}

TEST_CASE("the server may be destroyed when it has stopped, and while it stops") {
  HttpHarness harness;
  RawClient client(harness);
  CHECK(harness.until([&] { return harness.server->connections() == 1; }));
  int calls = 0;
  SUBCASE("by on_stopped") {
    harness.server->stop(true, kLongTime, [&] {
      harness.server.reset();
      ++calls;
    });
    CHECK(harness.until([&] { return calls == 1; }));
    CHECK(!harness.server);
  }
  SUBCASE("before") {
    client.send("GET /half");
    harness.turn();
    harness.server->stop(true, kLongTime, [&] { ++calls; });
    harness.server.reset();
    harness.turn();
    CHECK(calls == 0);
  }
}

TEST_CASE("a client that does not take its answers is let finish by a stop") {
  HttpHarness harness;
  const std::string body(20 << 20, 'x');
  harness.handler = [&](const HttpRequest&, HttpResponse response) { response.send(200, {}, body); };
  RawClient client(harness, 4096);
  client.send("GET /t HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return harness.observed.size() == 1; }));
  Stop stop(harness, true, kLongTime);
  harness.turn();
  CHECK(stop.calls == 0);
  CHECK(client.receive_all().size() > body.size());
  CHECK(client.ended());
  client.close();
  CHECK(harness.until([&] { return stop.calls == 1; }));
}

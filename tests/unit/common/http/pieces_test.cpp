// Answers in pieces: begin, write, end.
#include <doctest/doctest.h>

#include <memory>
#include <optional>

#include "tests/unit/common/http/harness.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/http");

namespace {

/// A handler that keeps the answer and has begun it.
struct Begun {
  explicit Begun(HttpHarness& harness) {
    harness.handler = [this](const HttpRequest&, HttpResponse given) {
      response = std::make_unique<HttpResponse>(std::move(given));
      response->begin(200, "text/plain", "X-More: 1\r\n");
    };
  }
  std::unique_ptr<HttpResponse> response;
};

const std::string kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nX-More: 1\r\n\r\n";

}  // namespace

TEST_CASE("pieces are chunks, and the next request waits for the last of them") {
  HttpHarness harness;
  Begun begun(harness);
  RawClient client(harness);
  client.send("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  CHECK(client.receive(kHead.size()) == kHead);
  begun.response->write("hello");
  begun.response->write("");
  begun.response->write("0123456789abcdef");
  CHECK(client.receive_until("cdef\r\n") == kHead + "5\r\nhello\r\n10\r\n0123456789abcdef\r\n");
  CHECK(harness.observed.empty());
  auto first = std::move(begun.response);
  first->end();
  CHECK(client.receive_until(kHead) == kHead + "5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n" + kHead);
  CHECK(harness.observed == std::vector<std::pair<std::string, int>>{{"/a", 200}});
  begun.response->end();
  CHECK(client.receive_until("0\r\n\r\n").ends_with(kHead + "0\r\n\r\n"));
}

TEST_CASE("to HTTP/1.0 the body ends with the connection") {
  HttpHarness harness;
  Begun begun(harness);
  RawClient client(harness);
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  REQUIRE(harness.until([&] { return begun.response != nullptr; }));
  begun.response->write("hello");
  begun.response->end();
  CHECK(client.receive_all() ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-More: 1\r\nConnection: close\r\n\r\nhello");
}

TEST_CASE("HEAD gets the head alone, and the connection goes on") {
  HttpHarness harness;
  Begun begun(harness);
  RawClient client(harness);
  client.send("HEAD / HTTP/1.1\r\n\r\n");
  REQUIRE(harness.until([&] { return begun.response != nullptr; }));
  begun.response->write("hello");
  begun.response->end();
  CHECK(client.receive(kHead.size()) == kHead);
  client.send("HEAD / HTTP/1.1\r\n\r\n");
  CHECK(client.receive(2 * kHead.size()) == kHead + kHead);
  begun.response->end();
}

TEST_CASE("an answer that is given up is seen to be cut") {
  HttpHarness harness;
  Begun begun(harness);
  RawClient client(harness);
  bool old = false;
  SUBCASE("by the missing last chunk") {}
  SUBCASE("or, to HTTP/1.0, by a reset") { old = true; }
  client.send(old ? "GET / HTTP/1.0\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n");
  REQUIRE(harness.until([&] { return begun.response != nullptr; }));
  begun.response->write("half");
  client.receive_until(old ? "half" : "half\r\n");
  begun.response.reset();
  const std::string& all = client.receive_all();
  CHECK(all.find("0\r\n\r\n") == std::string::npos);
  if (old) CHECK(client.reset());
  CHECK(harness.server->connections() == 0);
}

TEST_CASE("ready comes when the client has taken what was written, and not before") {
  HttpHarness harness;
  Begun begun(harness);
  RawClient client(harness, 4096);
  client.send("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(harness.until([&] { return begun.response != nullptr; }));
  int ready = 0;
  begun.response->when_ready([&] { ++ready; });
  CHECK(ready == 0);
  CHECK(harness.until([&] { return ready == 1; }));
  const std::string much(8 * 1024 * 1024, 'x');  // more than the sockets' buffers hold
  begun.response->write(much);
  begun.response->when_ready([&] { ++ready; });
  harness.turn(50);
  CHECK(ready == 1);
  client.receive(kHead.size() + much.size());
  CHECK(harness.until([&] { return ready == 2; }));
  begun.response->end();
  CHECK(client.receive_until("0\r\n\r\n").ends_with("x\r\n0\r\n\r\n"));
}

TEST_CASE("ready never comes when the client has gone, and what waits for it is dropped") {
  HttpHarness harness;
  Begun begun(harness);
  auto held = std::make_shared<int>(1);
  {
    RawClient client(harness, 4096);
    client.send("GET / HTTP/1.1\r\n\r\n");
    REQUIRE(harness.until([&] { return begun.response != nullptr; }));
    begun.response->write(std::string(8 * 1024 * 1024, 'x'));
    begun.response->when_ready([held] { FAIL("the client has gone"); });
    CHECK(held.use_count() == 2);
    client.abort();
  }
  CHECK(harness.until([&] { return !begun.response->wanted(); }));
  CHECK(held.use_count() == 1);
  begun.response->write("to nobody");
  begun.response->when_ready([] { FAIL("the client has gone"); });
  begun.response->end();
}

TEST_CASE("a client that takes nothing is given up") {
  HttpLimits limits;
  limits.write_time = std::chrono::milliseconds(100);
  HttpHarness harness(limits);
  Begun begun(harness);
  RawClient client(harness, 4096);
  client.send("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(harness.until([&] { return begun.response != nullptr; }));
  begun.response->write(std::string(8 * 1024 * 1024, 'x'));
  CHECK(harness.until([&] { return !begun.response->wanted(); }));
}

TEST_CASE("a piece that is too much for the server cuts the connection") {
  HttpLimits limits;
  limits.buffered_bytes = 100'000;
  HttpHarness harness(limits);
  Begun begun(harness);
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(harness.until([&] { return begun.response != nullptr; }));
  begun.response->write(std::string(50'000, 'x'));
  CHECK(begun.response->wanted());
  begun.response->write(std::string(100'000, 'x'));
  CHECK_FALSE(begun.response->wanted());
  client.receive_all();
}

TEST_CASE("an answer in pieces knows of the stop, may end within its time, and then closes") {
  HttpHarness harness;
  Begun begun(harness);
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(harness.until([&] { return begun.response != nullptr; }));
  CHECK_FALSE(begun.response->stopping());
  bool stopped = false;
  harness.server->stop(true, std::chrono::seconds(10), [&] { stopped = true; });
  CHECK(begun.response->stopping());
  begun.response->write("last");
  begun.response->end();
  CHECK(client.receive_all() == kHead + "4\r\nlast\r\n0\r\n\r\n");
  client.close();
  CHECK(harness.until([&] { return stopped; }));
}

TEST_CASE("headers for all answers") {
  HttpHarness harness;
  harness.server->set_headers("X-All: 1\r\n");
  RawClient client(harness);
  client.send("GET / HTTP/1.1\r\n\r\nBAD\r\n\r\n");
  const std::string& all = client.receive_all();
  CHECK(all.starts_with("HTTP/1.1 204 No Content\r\nX-All: 1\r\n\r\n"));
  CHECK(all.find("X-All: 1\r\n", 40) != std::string::npos);
}

#include <sys/resource.h>

#include <utility>

#include "common/http/server.h"
#include "tests/unit/common/http/harness.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/http");
using std::chrono::milliseconds;

namespace {

bool refused_with(std::string_view response, int status) {
  return response.starts_with("HTTP/1.1 " + std::to_string(status) + " ") &&
         response.find("\r\nConnection: close\r\n") != response.npos && response.ends_with("\"}");
}

std::string answer_to(HttpHarness& harness, std::string_view bytes) {
  RawClient client(harness);
  client.send(bytes);
  return client.receive_all();
}

/// A request whose head is `size` bytes long.
std::string with_head_of(size_t size) {
  const std::string line = "GET /t HTTP/1.1\r\nA: ";
  return line + std::string(size - line.size() - 4, 'a') + "\r\n\r\n";
}

const std::string kChunked = "POST /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string with_length(size_t size) {
  return "POST /t HTTP/1.1\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a head as long as the limit is served, a longer one is 431") {
  HttpHarness harness({.head_bytes = 1000});
  {
    RawClient client(harness);
    client.send(with_head_of(1000) + with_head_of(999));
    client.receive(2 * kNoContent.size());
    CHECK(harness.requests.size() == 2);
  }
  CHECK(refused_with(answer_to(harness, with_head_of(1001)), 431));
  CHECK(refused_with(answer_to(harness, with_head_of(100'000)), 431));
  CHECK(refused_with(answer_to(harness, "GET /" + std::string(100'000, 'a')), 431));
  CHECK(refused_with(answer_to(harness, std::string(100'000, 'A')), 400));  // no method is that long
  CHECK(harness.requests.size() == 2);
}

TEST_CASE("encoding what the client did not is not held against it") {
  HttpHarness harness({.head_bytes = 1000});
  RawClient client(harness);
  client.send("GET /" + std::string(900, '\xC3') + " HTTP/1.1\r\n\r\n");
  CHECK(client.receive(kNoContent.size()) == kNoContent);
}

TEST_CASE("chunk extensions and trailers count as head") {
  HttpHarness harness({.head_bytes = 1000});
  CHECK(refused_with(answer_to(harness, kChunked + "1;" + std::string(2000, 'a')), 431));
  CHECK(refused_with(answer_to(harness, kChunked + "1;a=" + std::string(2000, 'a')), 431));
  CHECK(refused_with(answer_to(harness, kChunked + "1;a=\"" + std::string(2000, 'a')), 431));
  CHECK(refused_with(answer_to(harness, kChunked + "0\r\nA: " + std::string(2000, 'a')), 431));
  std::string many = kChunked;
  for (int i = 0; i < 1000; ++i) many += "1;a\r\nx\r\n";
  CHECK(refused_with(answer_to(harness, many), 431));
}

TEST_CASE("a body as long as the limit is served, a longer one is 413") {
  HttpHarness harness({.body_bytes = 1000});
  const std::string body(1000, 'b');
  {
    RawClient client(harness);
    client.send(with_length(1000) + body + kChunked + "3e8\r\n" + body + "\r\n0\r\n\r\n");
    client.receive(2 * kNoContent.size());
    CHECK(harness.requests == std::vector<std::string>(2, "POST /t? " + body));
  }
  CHECK(refused_with(answer_to(harness, with_length(1001)), 413));
  CHECK(refused_with(answer_to(harness, with_length(1'073'741'824)), 413));
  CHECK(
      refused_with(answer_to(harness, "POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n"), 413));
  CHECK(refused_with(answer_to(harness, kChunked + "3e9\r\n"), 413));
  CHECK(refused_with(answer_to(harness, kChunked + "ffffffffffffffff\r\n"), 413));
  CHECK(refused_with(answer_to(harness, kChunked + "3e8\r\n" + body + "\r\n1\r\n"), 413));
  CHECK(harness.requests.size() == 2);
}

TEST_CASE("a client that sends a refused body to its end gets the answer, not a reset") {
  HttpHarness harness;
  RawClient client(harness);
  client.send(with_length(8 << 20));
  CHECK(client.send(std::string(8 << 20, 'b')));
  CHECK(refused_with(client.receive_all(), 413));
  CHECK(client.ended());
  CHECK(!client.reset());
}

TEST_CASE("a client that never stops sending is cut off") {
  HttpHarness harness;
  RawClient client(harness);
  client.send("bad\r\n");
  CHECK(harness.until([&] {
    const std::string more(1 << 16, 'x');
    return ::send(client.fd(), more.data(), more.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN;
  }));
}

TEST_CASE("half a request and silence is 408") {
  HttpHarness harness({.request_time = milliseconds(50)});
  for (const std::string& bytes : {std::string("G"), std::string("GET /t HTTP/1.1\r\n"), with_length(10),
                                   with_length(10) + "abc", kChunked, kChunked + "5\r\nab"}) {
    CAPTURE(bytes);
    CHECK(refused_with(answer_to(harness, bytes), 408));
  }
  CHECK(harness.observed == std::vector<std::pair<std::string, int>>(6, {"", 408}));
}

TEST_CASE("a request that drips in gains no time by it") {
  HttpHarness harness({.request_time = milliseconds(100)});
  RawClient client(harness);
  client.send("GET /");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(harness.until([&] {
    client.take();
    ::usleep(2000);
    ::send(client.fd(), "a", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    return client.ended() || client.reset() || !client.received().empty();
  }));
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(100));
  CHECK(client.received().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("an idle connection is closed without a word") {
  HttpHarness harness({.idle_time = milliseconds(50)});
  RawClient never(harness), once(harness), blank(harness);
  once.send("GET /t HTTP/1.1\r\n\r\n");
  blank.send("\r\n\r\n");
  CHECK(never.receive_all() == "");
  CHECK(once.receive_all() == kNoContent);
  CHECK(blank.receive_all() == "");
  CHECK(harness.observed.size() == 1);
}

TEST_CASE("waiting for the handler is not idleness") {
  HttpHarness harness({.request_time = milliseconds(20), .idle_time = milliseconds(20)});
  std::optional<HttpResponse> kept;
  harness.handler = [&](const HttpRequest&, HttpResponse response) { kept.emplace(std::move(response)); };
  RawClient client(harness), idle(harness);
  client.send("GET /t HTTP/1.1\r\n\r\nGET /half");
  CHECK(harness.until([&] { return kept.has_value(); }));
  idle.receive_all();  // long enough for an idle one
  harness.turn();
  CHECK(kept->wanted());
  kept->send(204, {}, {});
  CHECK(client.receive_all().starts_with(kNoContent));
  CHECK(refused_with(client.received().substr(kNoContent.size()), 408));
}

TEST_CASE("a client that does not take its answer is cut off") {
  HttpHarness harness({.write_time = milliseconds(50)});
  const std::string body(20 << 20, 'x');
  harness.handler = [&](const HttpRequest&, HttpResponse response) { response.send(200, {}, body); };
  RawClient client(harness, 4096);
  client.send("GET /t HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return harness.server->connections() == 1; }));
  CHECK(harness.until([&] { return harness.server->connections() == 0; }));
}

TEST_CASE("a client that takes its answer in sips is cut off too") {
  HttpHarness harness({.write_time = milliseconds(200)});
  const std::string body(20 << 20, 'x');
  harness.handler = [&](const HttpRequest&, HttpResponse response) { response.send(200, {}, body); };
  RawClient client(harness, 4096);
  client.send("GET /t HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return harness.server->connections() == 1; }));
  Timer sips(harness.loop, [&] {
    char sip[256];
    recv(client.fd(), sip, sizeof sip, MSG_DONTWAIT);
  });
  sips.start(milliseconds(10), milliseconds(10));
  CHECK(harness.until([&] { return harness.server->connections() == 0; }));
}

TEST_CASE("when memory is short, what was handled is answered as it was, and nothing more is handled") {
  HttpHarness harness({.buffered_bytes = 256 << 10});
  std::vector<HttpResponse> held;
  int handled = 0;
  const std::string body(200, 'x');
  harness.handler = [&](const HttpRequest& request, HttpResponse response) {
    ++handled;
    if (request.path == "/held") return held.push_back(std::move(response));
    response.send(200, {}, body);
  };
  RawClient counted(harness);
  counted.send("GET /held HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return held.size() == 1; }));
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "GET /small HTTP/1.1\r\n\r\n";
  std::list<RawClient> greedy;  // they ask until nothing goes any more, and read nothing
  for (int i = 0; i < 8; ++i) {
    greedy.emplace_back(harness, 4096);
    for (int before = -1; std::exchange(before, handled) != handled; harness.turn())
      ::send(greedy.back().fd(), many.data(), many.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  const int before = handled;
  CHECK(refused_with(answer_to(harness, "GET /small HTTP/1.1\r\n\r\n"), 503));
  CHECK(handled == before);
  held.front().send(204, {}, {});
  CHECK(counted.receive_until("\r\n\r\n") == kNoContent);
}

TEST_CASE("one connection too many gets 503, and room again when one goes") {
  HttpHarness harness({.connections = 2});
  RawClient first(harness), second(harness);
  CHECK(harness.until([&] { return harness.server->connections() == 2; }));
  CHECK(refused_with(answer_to(harness, "GET /t HTTP/1.1\r\n\r\n"), 503));
  CHECK(refused_with(answer_to(harness, ""), 503));
  CHECK(harness.observed == std::vector<std::pair<std::string, int>>(2, {"", 503}));
  first.close();
  CHECK(harness.until([&] { return harness.server->connections() == 1; }));
  RawClient third(harness);
  third.send("GET /t HTTP/1.1\r\n\r\n");
  CHECK(third.receive(kNoContent.size()) == kNoContent);
}

TEST_CASE("a crowd over the limit is turned away") {
  HttpHarness harness({.connections = 1});
  std::list<RawClient> crowd;
  for (int i = 0; i < 300; ++i) crowd.emplace_back(harness);
  CHECK(harness.until([&] {
    size_t gone = 0;
    for (RawClient& client : crowd) {
      client.take();
      gone += client.ended() || client.reset();
    }
    return gone == crowd.size() - 1;
  }));
  size_t told = 0;
  for (RawClient& client : crowd) told += refused_with(client.received(), 503);
  CHECK(told >= 64);
}

TEST_CASE("bodies of all connections together are bounded") {
  HttpHarness harness({.body_bytes = 1 << 20, .buffered_bytes = 2 << 20});
  std::list<RawClient> clients;
  size_t refused = 0;
  for (int i = 0; i < 16; ++i) {
    RawClient& client = clients.emplace_back(harness);
    client.send(with_length(1 << 20) + std::string(400 * 1024, 'b'));
    harness.turn();
    client.take();
    refused += refused_with(client.received(), 503);
  }
  CHECK(refused >= 10);
  CHECK(refused <= 14);
  CHECK(harness.requests.empty());
  // What was held is given back: all of it fits again, one after the other.
  clients.clear();
  CHECK(harness.until([&] { return harness.server->connections() == 0; }));
  RawClient client(harness);
  for (int i = 0; i < 10; ++i) client.send(with_length(1 << 20) + std::string(1 << 20, 'b'));
  CHECK(client.receive(10 * kNoContent.size()).size() == 10 * kNoContent.size());
}

TEST_CASE("unsent answers of all connections together are bounded") {
  HttpHarness harness({.buffered_bytes = 32 << 20});
  const std::string body(10 << 20, 'x');
  harness.handler = [&](const HttpRequest&, HttpResponse response) { response.send(200, {}, body); };
  std::list<RawClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(harness, 4096).send("GET /t HTTP/1.1\r\n\r\n");
    harness.turn();
  }
  size_t refused = 0;
  for (RawClient& client : clients) {
    client.take();
    refused += client.received().starts_with("HTTP/1.1 503 ");
  }
  CHECK(refused >= 4);
  CHECK(refused <= 6);
}

TEST_CASE("requests piled up behind a pending answer are bounded too") {
  HttpHarness harness({.buffered_bytes = 100 * 1024});
  std::list<HttpResponse> kept;
  harness.handler = [&](const HttpRequest&, HttpResponse response) { kept.push_back(std::move(response)); };
  std::list<RawClient> clients;
  std::string requests;
  while (requests.size() < 60'000) requests += "GET /t HTTP/1.1\r\n\r\n";
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(harness).send(requests);
    harness.turn();
  }
  CHECK(kept.size() == 4);
  for (HttpResponse& response : kept) response.send(204, {}, {});
  kept.clear();
  RawClient& last = clients.back();
  const std::string response = last.receive_all();
  CHECK(response.starts_with(kNoContent));
  CHECK(refused_with(response.substr(kNoContent.size()), 503));
}

TEST_CASE("without connections the loop sleeps without end") {
  HttpHarness harness;
  harness.turn();
  CHECK(uv_backend_timeout(harness.loop.raw()) == -1);
  {
    RawClient client(harness);
    client.send("GET /t HTTP/1.1\r\n\r\n");
    client.receive(kNoContent.size());
    CHECK(harness.asleep());
    CHECK(uv_backend_timeout(harness.loop.raw()) > 0);  // the sweep
  }
  CHECK(harness.until([&] { return harness.server->connections() == 0; }));
  harness.turn();
  CHECK(uv_backend_timeout(harness.loop.raw()) == -1);
}

TEST_CASE("out of descriptors, the server waits without spinning and then goes on") {
  HttpHarness harness;
  harness.turn();
  RawClient client(harness);  // in the queue, not yet accepted
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
  const int next_fd = ::dup(0);
  ::close(next_fd);
  const rlimit none{static_cast<rlim_t>(next_fd), old.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  harness.turn();
  const bool asleep = harness.asleep();
  const size_t connections = harness.server->connections();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
  CHECK(asleep);
  CHECK(connections == 0);
  client.send("GET /t HTTP/1.1\r\n\r\n");
  CHECK(client.receive(kNoContent.size()) == kNoContent);
}

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>

#include "common/http/server.h"
#include "tests/unit/common/http/harness.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/http");

namespace {

/// A handler that keeps the answers for later.
struct Later {
  explicit Later(HttpHarness& harness) {
    harness.handler = [this](const HttpRequest& request, HttpResponse answer) {
      paths.emplace_back(request.path);
      answers.push_back(std::move(answer));
    };
  }
  void answer(std::string_view body) {
    answers.front().send(200, "text/plain", body);
    answers.pop_front();
  }
  std::list<HttpResponse> answers;
  std::vector<std::string> paths;
};

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("an answer has a type, a length, the handler's headers and the body") {
  HttpHarness harness;
  harness.handler = [](const HttpRequest& request, HttpResponse answer) {
    if (request.path == "/none") return answer.send(204, "text/plain", "ignored");
    if (request.path == "/same") return answer.send(304, "text/plain", "ignored", "ETag: x\r\n");
    answer.send(405, "text/plain", "body", "Allow: GET\r\n");
  };
  RawClient client(harness);
  client.send(
      "GET /none HTTP/1.1\r\n\r\nGET /same HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"
      "HEAD / HTTP/1.1\r\n\r\n");
  const std::string head =
      "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
      "Allow: GET\r\n\r\n";
  const std::string expected =
      std::string(kNoContent) + "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n" + head + "body" + head;
  CHECK(client.receive(expected.size()) == expected);
}

TEST_CASE("every answer has a date, and is not for caches unless it says so") {
  HttpHarness harness;
  harness.handler = [](const HttpRequest& request, HttpResponse answer) {
    if (request.path == "/none") return answer.send(204, {}, {});
    answer.send(200, "text/plain", "body", request.path == "/kept" ? "Cache-Control: max-age=60\r\n" : "");
  };
  for (const char* path : {"/none", "/kept", "/", "no path"}) {
    CAPTURE(path);
    RawClient client(harness);
    client.want_common_lines();
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nConnection: close\r\n\r\n");
    const std::string text = client.receive_all();
    std::tm parts{};
    const size_t date = text.find("\r\nDate: ");
    REQUIRE(date != std::string::npos);
    const char* const end = ::strptime(text.c_str() + date + 8, "%a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    REQUIRE(end);
    CHECK(std::abs(::timegm(&parts) - ::time(nullptr)) <= 20);
    CHECK(text.find("Date: ", date + 8) == std::string::npos);
    const bool kept = std::string_view(path) == "/kept";
    CHECK(text.find(kept ? "Cache-Control: max-age=60\r\n" : "Cache-Control: no-store\r\n") !=
          std::string::npos);
    CHECK(text.find("Cache-Control", text.find("Cache-Control") + 1) == std::string::npos);
  }
}

TEST_CASE("send_error writes JSON whatever the message holds") {
  HttpHarness harness;
  std::string message;
  harness.handler = [&](const HttpRequest&, HttpResponse answer) { send_error(answer, 400, message); };
  const std::pair<std::string, std::string> cases[] = {
      {"plain", "plain"},
      {"quote \" backslash \\ tab \t nul \x01", "quote \\\" backslash \\\\ tab \\t nul \\u0001"},
      {"gr\xC3\xBC\xC3\x9F"
       "e \xE6\x97\xA5 \xF0\x9F\x9A\x80",
       "gr\xC3\xBC\xC3\x9F"
       "e \xE6\x97\xA5 \xF0\x9F\x9A\x80"},
      {"a\xFF\xC3(\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  RawClient client(harness);
  for (const auto& [text, escaped] : cases) {
    message = text;
    const std::string body = "{\"error\":\"" + escaped + "\"}";
    client.forget();
    client.send("GET / HTTP/1.1\r\n\r\n");
    CHECK(client.receive_until(body) ==
          "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  }
}

TEST_CASE("a request without an answer gets a 500") {
  HttpHarness harness;
  SUBCASE("dropped by the handler") {
    harness.handler = [](const HttpRequest&, HttpResponse) {};
  }
  SUBCASE("the handler throws") {
    harness.handler = [](const HttpRequest&, HttpResponse) { throw std::runtime_error("test"); };
  }
  RawClient client(harness);
  client.send("GET /t HTTP/1.1\r\n\r\n");
  CHECK(client.receive_until("}").starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
  CHECK(harness.observed == std::vector<std::pair<std::string, int>>{{"/t", 500}});
}

TEST_CASE("the request may be used after its answer was sent") {
  HttpHarness harness;
  std::string seen;
  harness.handler = [&](const HttpRequest& request, HttpResponse answer) {
    answer.send(204, {}, {});
    seen.append(request.path).append(request.query).append(request.body);
    seen.append(request.header("a"));
  };
  RawClient client(harness);
  client.send("POST /path?query HTTP/1.1\r\nA: header\r\nContent-Length: 4\r\n\r\nbody");
  client.receive(kNoContent.size());
  CHECK(seen == "/pathquerybodyheader");
}

TEST_CASE("answers given later leave in the order of the requests") {
  HttpHarness harness;
  Later later(harness);
  RawClient client(harness);
  client.send(
      "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nPOST /3 HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf");
  std::string expected;
  for (const std::string path : {"/1", "/2", "/3"}) {
    CHECK(harness.until([&] { return later.answers.size() == 1 || path == "/3"; }));
    harness.turn();
    if (path == "/3") {
      CHECK(later.answers.empty());  // still to be read
      client.send(" done");
      CHECK(harness.until([&] { return later.answers.size() == 1; }));
    }
    CHECK(later.answers.size() == 1);  // the next is not looked at before this is answered
    CHECK(later.paths.back() == path);
    CHECK(later.answers.front().wanted());
    later.answer(path);
    expected += ok(path);
    CHECK(client.receive(expected.size()) == expected);
  }
}

TEST_CASE("requests answered at once and later mix in order") {
  HttpHarness harness;
  std::list<HttpResponse> answers;
  harness.handler = [&](const HttpRequest& request, HttpResponse answer) {
    if (request.path == "/later")
      answers.push_back(std::move(answer));
    else
      answer.send(204, {}, {});
  };
  RawClient client(harness);
  constexpr size_t kRounds = 300;
  std::string requests, expected;
  for (size_t i = 0; i < kRounds; ++i) {
    requests += "GET /now HTTP/1.1\r\n\r\nGET /later HTTP/1.1\r\n\r\n";
    expected += std::string(kNoContent) + ok("x");
  }
  client.send(requests);
  CHECK(harness.until([&] {
    if (!answers.empty()) {
      answers.front().send(200, "text/plain", "x");
      answers.pop_front();
    }
    return client.take(), client.received().size() >= expected.size();
  }));
  CHECK(client.received() == expected);
}

TEST_CASE("while an answer is pending, no more than one read is taken in") {
  HttpHarness harness;
  Later later(harness);
  RawClient client(harness);
  client.send("GET /1 HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return later.answers.size() == 1; }));
  // What we do not read fills the kernel's buffers, and then the client has to wait.
  const std::string more(1 << 20, '\n');
  size_t sent = 0;
  for (int idle = 0; idle < 50;) {
    const ssize_t done = ::send(client.fd(), more.data(), more.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done > 0) sent += static_cast<size_t>(done);
    idle = done > 0 ? 0 : idle + 1;
    harness.turn(2);
  }
  int unread = 0;
  CHECK(sent < (64u << 20));
  CHECK(::ioctl(client.fd(), SIOCOUTQ, &unread) == 0);
  CHECK(unread > 0);
  SUBCASE("and waiting costs nothing") { CHECK(harness.asleep()); }
  later.answer("done");
  CHECK(client.receive_until("done") == ok("done"));
}

TEST_CASE("a half-closed client gets an answer given later") {
  HttpHarness harness;
  Later later(harness);
  RawClient client(harness);
  client.send("GET /1 HTTP/1.1\r\n\r\n");
  client.shut();
  CHECK(harness.until([&] { return later.answers.size() == 1; }));
  harness.turn();
  CHECK(harness.asleep());
  CHECK(later.answers.front().wanted());
  later.answer("late");
  CHECK(client.receive_all() == ok("late"));
  CHECK(client.ended());
}

TEST_CASE("an answer to a client that has gone is not wanted") {
  HttpHarness harness;
  Later later(harness);
  SUBCASE("it went while nothing else came") {
    RawClient client(harness);
    client.send("GET /1 HTTP/1.1\r\n\r\n");
    CHECK(harness.until([&] { return later.answers.size() == 1; }));
    client.abort();
  }
  SUBCASE("it had sent more, which nobody reads") {
    RawClient client(harness);
    client.send("GET /1 HTTP/1.1\r\n\r\n");
    CHECK(harness.until([&] { return later.answers.size() == 1; }));
    client.send("GET /2 HTTP/1.1\r\n\r\n");
    harness.turn();
    client.abort();
  }
  CHECK(harness.until([&] { return !later.answers.front().wanted(); }));
  later.answer("nobody");
  CHECK(harness.observed.empty());
  CHECK(harness.server->connections() == 0);
}

TEST_CASE("urgent data does not keep the server awake") {
  HttpHarness harness;
  Later later(harness);
  RawClient client(harness);
  client.send("GET /1 HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return later.answers.size() == 1; }));
  client.send("more");
  harness.turn();
  CHECK(::send(client.fd(), "!", 1, MSG_OOB) == 1);
  harness.turn();
  CHECK(harness.asleep());
  later.answer("done");
  CHECK(client.receive_until("done") == ok("done"));
}

TEST_CASE("a long answer is sent whole to a client that takes its time") {
  HttpHarness harness;
  const std::string body(20 << 20, 'x');
  harness.handler = [&](const HttpRequest&, HttpResponse answer) { answer.send(200, "text/plain", body); };
  RawClient client(harness, 4096);
  client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  harness.turn();
  CHECK(harness.observed.size() == 1);  // the second waits until the first is taken
  CHECK(harness.asleep());
  CHECK(client.receive(2 * ok(body).size()) == ok(body) + ok(body));
}

TEST_CASE("an answer may be given from another connection's handler") {
  HttpHarness harness;
  std::list<HttpResponse> waiting;
  harness.handler = [&](const HttpRequest& request, HttpResponse answer) {
    if (request.path == "/wait") {
      waiting.push_back(std::move(answer));
      return;
    }
    for (HttpResponse& other : waiting) other.send(200, "text/plain", "released");
    waiting.clear();
    answer.send(204, {}, {});
  };
  RawClient first(harness), second(harness);
  first.send("GET /wait HTTP/1.1\r\n\r\nGET /free HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return waiting.size() == 1; }));
  second.send("GET /free HTTP/1.1\r\n\r\n");
  CHECK(second.receive(kNoContent.size()) == kNoContent);
  const std::string expected = ok("released") + std::string(kNoContent);
  CHECK(first.receive(expected.size()) == expected);
}

TEST_CASE("the server may be destroyed while answers are outstanding") {
  HttpHarness harness;
  Later later(harness);
  RawClient client(harness);
  client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  CHECK(harness.until([&] { return later.answers.size() == 1; }));
  harness.server.reset();
  CHECK(!later.answers.front().wanted());
  later.answer("nobody");
  client.receive_all();
  CHECK(client.received() == "");
}

TEST_CASE("the server may be destroyed by a handler") {
  HttpHarness harness;
  std::string path;
  harness.handler = [&](const HttpRequest& request, HttpResponse answer) {
    harness.server.reset();
    path = request.path;
    answer.send(204, {}, {});
  };
  RawClient client(harness), bystander(harness);
  bystander.send("GET /ha");
  harness.turn();
  client.send("GET /last HTTP/1.1\r\n\r\nGET /more HTTP/1.1\r\n\r\n");
  client.receive_all();
  bystander.receive_all();
  CHECK(path == "/last");
}

TEST_CASE("an answer outlives server and loop") {
  std::list<HttpResponse> answers;
  {
    HttpHarness harness;
    harness.handler = [&](const HttpRequest&, HttpResponse answer) { answers.push_back(std::move(answer)); };
    RawClient client(harness);
    client.send("GET /1 HTTP/1.1\r\n\r\n");
    CHECK(harness.until([&] { return answers.size() == 1; }));
  }
  CHECK(!answers.front().wanted());
  answers.clear();
}

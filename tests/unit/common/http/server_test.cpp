#include "common/http/server.h"

#include <random>

#include "tests/unit/common/http/harness.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/http");
using std::string_literals::operator""s;

TEST_CASE("a request is handed over and answered") {
  HttpHarness harness;
  RawClient client(harness);
  client.send("GET /track?key=a&value=2 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.receive(kNoContent.size()) == kNoContent);
  CHECK(harness.requests == std::vector<std::string>{"GET /track?key=a&value=2"});
  CHECK(harness.observed == std::vector<std::pair<std::string, int>>{{"/track", 204}});
}

namespace {

std::string repeat(std::string_view text, size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  while (times-- > 0) all += text;
  return all;
}

/// What a fresh connection gets for `bytes` when the server closes after it.
std::string answer_to(HttpHarness& harness, std::string_view bytes) {
  RawClient client(harness);
  client.send(bytes);
  return client.receive_all();
}

bool refused_with(std::string_view response, int status) {
  return response.starts_with("HTTP/1.1 " + std::to_string(status) + " ") &&
         response.find("\r\nConnection: close\r\n") != response.npos &&
         response.find("{\"error\":\"") != response.npos;
}

}  // namespace

TEST_CASE("10,000 requests in one pipeline are answered in order") {
  HttpHarness harness;
  RawClient client(harness);
  std::string requests;
  for (int i = 0; i < 10'000; ++i)
    requests += "GET /track?key=k" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  REQUIRE(client.send(requests));
  CHECK(client.receive(10'000 * kNoContent.size()) == repeat(kNoContent, 10'000));
  REQUIRE(harness.requests.size() == 10'000);
  CHECK(harness.requests[0] == "GET /track?key=k0");
  CHECK(harness.requests[9'999] == "GET /track?key=k9999");
}

TEST_CASE("requests that are malformed, or that others may read differently, are refused") {
  const std::string post = "POST /track HTTP/1.1\r\nHost: x\r\n";
  const std::string get = "GET /track?key=a HTTP/1.1\r\nHost: x";
  const std::string cases[] = {
      // the body's length
      post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
      post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
      post + "Content-Length: 3\r\nContent-Length:\r\n\r\nabc",
      post + "Content-Length:\r\nContent-Length: 3\r\n\r\nabc",
      post + "Content-Length: 3, 3\r\n\r\nabc",
      post + "Content-Length: +5\r\n\r\nabcde",
      post + "Content-Length: -5\r\n\r\nabcde",
      post + "Content-Length:\r\n\r\n",
      post + "Content-Length: \r\n\r\n",
      post + "Content-Length: 0x5\r\n\r\nabcde",
      post + "Content-Length: 5 5\r\n\r\nabcde",
      post + "Content-Length: five\r\n\r\nabcde",
      post + "Content-Length: 18446744073709551616\r\n\r\n",
      post + "Content-Length: 99999999999999999999999999\r\n\r\n",
      // Transfer-Encoding other than exactly chunked
      post + "Transfer-Encoding: gzip\r\n\r\n",
      post + "Transfer-Encoding: identity\r\n\r\n",
      post + "Transfer-Encoding:\r\n\r\n",
      post + "Transfer-Encoding:\r\nContent-Length: 3\r\n\r\nabc",
      post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      post +
          "Transfer-Encoding: \x0B"
          "chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      "POST /track HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      // chunks
      post + "Transfer-Encoding: chunked\r\n\r\nx\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n1;x\na\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n0\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\n",
      post + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n0\r\nA : b\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\rX",
      // line ends
      "GET /track?key=a HTTP/1.1\nHost: x\r\n\r\n",
      "GET /track?key=a HTTP/1.1\r\nHost: x\n\r\n",
      get + "\r\n\n",
      get + "\n\n",
      get + "\r\nA:\n\r\n",
      get + "\r\nA: b\rC: d\r\n\r\n",
      get + "\r\n\rX",
      "GET /track?key=a HTTP/1.1\rHost: x\r\n\r\n",
      "\nGET /track?key=a HTTP/1.1\r\n\r\n",
      "\rGET /track?key=a HTTP/1.1\r\n\r\n",
      // NUL and other controls
      "GET /tr\0ck HTTP/1.1\r\n\r\n"s,
      "\0GET /track HTTP/1.1\r\n\r\n"s,
      get + "\r\nA: b\0c\r\n\r\n"s,
      get + "\r\nA\0: b\r\n\r\n"s,
      get + "\r\nA: b\x01\r\n\r\n",
      get + "\r\nA: b\x7F\r\n\r\n",
      // headers
      get + "\r\nA : b\r\n\r\n",
      get + "\r\nA\t: b\r\n\r\n",
      get + "\r\n A: b\r\n\r\n",
      "GET /track?key=a HTTP/1.1\r\n A: b\r\n\r\n",
      get + "\r\nA: b\r\n c\r\n\r\n",
      get + "\r\nA: b\r\n\tc\r\n\r\n",
      get + "\r\nA:\r\n b\r\n\r\n",
      get + "\r\n: b\r\n\r\n",
      get + "\r\nA\r\n\r\n",
      get + "\r\nA B: c\r\n\r\n",
      get + "\r\n(A): c\r\n\r\n",
      get + "\r\n\xC3\xA4: c\r\n\r\n",
      get + "\r\nHost: y\r\n\r\n",
      // the request line
      "FOO /track HTTP/1.1\r\n\r\n",
      "get /track HTTP/1.1\r\n\r\n",
      "GET /track\r\n\r\n",
      "GET /track\r\n",
      "GET  /track HTTP/1.1\r\n\r\n",
      "GET /track  HTTP/1.1\r\n\r\n",
      "GET /track HTTP/1.1 \r\n\r\n",
      " GET /track HTTP/1.1\r\n\r\n",
      "GET\t/track HTTP/1.1\r\n\r\n",
      "GET /track?key=a b HTTP/1.1\r\n\r\n",
      "GET track HTTP/1.1\r\n\r\n",
      "GET HTTP/1.1\r\n\r\n",
      "GET /track HTTP/0.9\r\n\r\n",
      "GET /track HTTP/1.2\r\n\r\n",
      "GET /track HTTP/2.0\r\n\r\n",
      "GET /track HTTP/11\r\n\r\n",
      "GET /track http/1.1\r\n\r\n",
      "GET /track RTSP/1.0\r\n\r\n",
      "SOURCE /track ICE/1.0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s,
      "xyzzy\r\n",
      "\xFF\xFE\r\n",
  };
  HttpHarness harness;
  for (const std::string& bytes : cases) {
    CAPTURE(bytes);
    const std::string response = answer_to(harness, bytes);
    CHECK_MESSAGE(refused_with(response, 400), response);
    CHECK(response.find("}HTTP/1.1 ") == response.npos);  // one answer, whatever follows
    CHECK(harness.requests.empty());
    harness.requests.clear();
  }
}

TEST_CASE("unusual but well-formed requests are served") {
  struct Case {
    std::string bytes, request;
  };
  const std::string post = "POST /t HTTP/1.1\r\n";
  const Case cases[] = {
      {"GET /t?a=b HTTP/1.1\r\n\r\n", "GET /t?a=b"},  // no Host
      {"\r\n\r\nGET /t HTTP/1.1\r\n\r\n", "GET /t?"},
      {"HEAD /t?a HTTP/1.1\r\n\r\n", "HEAD /t?a"},
      {"GET http://host/t?a=b HTTP/1.1\r\n\r\n", "GET /t?a=b"},
      {"GET http://host:3000/t HTTP/1.1\r\n\r\n", "GET /t?"},
      {"GET http://[::1]:3000/t?u=http://x HTTP/1.1\r\n\r\n", "GET /t?u=http://x"},
      {"GET http://host?a=b HTTP/1.1\r\n\r\n", "GET /?a=b"},
      {"GET http://host HTTP/1.1\r\n\r\n", "GET /?"},
      {"GET /t?u=http://x/?y HTTP/1.1\r\n\r\n", "GET /t?u=http://x/?y"},
      {"GET /t?a=b#c?d HTTP/1.1\r\n\r\n", "GET /t?a=b"},
      {"GET /? HTTP/1.1\r\n\r\n", "GET /?"},
      {"OPTIONS * HTTP/1.1\r\n\r\n", "OPTIONS *?"},
      {"GET /t?k=\xC3\xA4\"'{}|^` HTTP/1.1\r\n\r\n", "GET /t?k=%C3%A4\"'{}|^`"},
      {"GET /t HTTP/1.1\r\nA:\r\nB: \xFF\r\nC:\tx\t\r\n\r\n", "GET /t?"},
      {"GET /t HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "GET /t?"},
      {"GET /t HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
       "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
       "GET /t?"},
      {post + "Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nhi", "POST /t? hi"},
      {post + "\r\n", "POST /t?"},
      {post + "Content-Length: 0\r\n\r\n", "POST /t?"},
      {post + "Content-Length: 5\r\n\r\na\0b\r\n"s, "POST /t? a\0b\r\n"s},
      {post + "content-length:005  \r\n\r\nabcde", "POST /t? abcde"},
      {"GET /t HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", "GET /t? x"},
      {post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "POST /t? abcde"},
      {post + "transfer-encoding:  CHUNKED \r\n\r\n00a\r\n0123456789\r\n000\r\n\r\n", "POST /t? 0123456789"},
      {post + "Transfer-Encoding: chunked\r\n\r\n1;c=\"d e\";f\r\nx\r\n0;a=b\r\nT: u\r\nV:\r\n\r\n",
       "POST /t? x"},
  };
  HttpHarness harness;
  for (const auto& [bytes, request] : cases) {
    CAPTURE(bytes);
    RawClient client(harness);
    client.send(bytes + bytes);  // the second shows that the first ended where it should
    CHECK(client.receive(2 * kNoContent.size()) == repeat(kNoContent, 2));
    CHECK(harness.requests == std::vector<std::string>{request, request});
    harness.requests.clear();
  }
}

TEST_CASE("a request cut at any byte is the same request") {
  const std::string requests =
      "\r\nGET /a?b=\xC3\xA4 HTTP/1.1\r\nHost: x\r\nX-Long:  some value \r\nEmpty:\r\n\r\n"
      "POST /c HTTP/1.1\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nbody"
      "POST /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
      "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
      "HEAD /e HTTP/1.1\r\n\r\n";
  const std::vector<std::string> expected = {"GET /a?b=%C3%A4 [some value] []", "POST /c? [] [text/plain] body",
                                             "POST /d? [] [] abcde", "HEAD /e? [] []"};
  HttpHarness harness;
  harness.handler = [&](const HttpRequest& request, HttpResponse response) {
    std::string text = llhttp_method_name(request.method);
    text.append(" ").append(request.path).append("?").append(request.query);
    text.append(" [").append(request.header("x-long")).append("] [");
    text.append(request.header("content-type")).append("]");
    if (!request.body.empty()) text.append(" ").append(request.body);
    harness.requests.push_back(std::move(text));
    response.send(204, {}, {});
  };
  const auto answers = [](RawClient& client) {
    std::string text = client.received();  // whether it says 100 depends on what came when
    const size_t at = text.find("HTTP/1.1 100 Continue\r\n\r\n");
    return at == text.npos ? text : text.erase(at, 25);
  };
  for (size_t cut = 0; cut <= requests.size(); ++cut) {
    CAPTURE(cut);
    RawClient client(harness);
    client.send(requests.substr(0, cut));
    harness.turn(3);
    client.send(requests.substr(cut));
    CHECK(harness.until([&] { return client.take(), answers(client).size() >= 4 * kNoContent.size(); }));
    CHECK(answers(client) == repeat(kNoContent, 4));
    CHECK(harness.requests == expected);
    harness.requests.clear();
  }
  SUBCASE("one byte at a time") {
    RawClient client(harness);
    for (const char byte : requests) {
      client.send({&byte, 1});
      harness.turn(2);
    }
    CHECK(harness.until([&] { return client.take(), answers(client).size() >= 4 * kNoContent.size(); }));
    CHECK(harness.requests == expected);
  }
}

TEST_CASE("a malformed request cut at any byte is refused in the same words") {
  const std::string cases[] = {
      "GET /track HTTP/1.1\r\nA: b\nC: d\r\n\r\n",
      "GET  /track HTTP/1.1\r\n\r\n",
      "FOO /track HTTP/1.1\nA: b\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  };
  HttpHarness harness;
  for (const std::string& bytes : cases) {
    const std::string whole = answer_to(harness, bytes);
    CHECK(refused_with(whole, 400));
    for (size_t cut = 1; cut < bytes.size(); ++cut) {
      CAPTURE(bytes.substr(0, cut));
      RawClient client(harness);
      client.send(bytes.substr(0, cut));
      harness.turn(3);
      client.send(bytes.substr(cut));
      CHECK(client.receive_all() == whole);
    }
  }
  CHECK(harness.requests.empty());
}

TEST_CASE("a refusal says what to fix") {
  const std::pair<const char*, const char*> cases[] = {
      {"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
       "Content-Length is given twice; send it once"},
      {"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       "both Content-Length and Transfer-Encoding are given; send one"},
      {"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
       "Content-Length is not a decimal number; send digits only"},
      {"GET / HTTP/1.1\n\n", "a line ends in a bare LF; end each line in CR LF"},
      {"\x16\x03\x01", "this looks like TLS; this port speaks plain http://"},
  };
  HttpHarness harness;
  for (const auto& [bytes, words] : cases) {
    const std::string body = "{\"error\":\"" + std::string(words) + "\"}";
    CHECK(answer_to(harness, bytes) ==
          "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    CHECK(harness.observed.back() == std::pair<std::string, int>{"", 400});
  }
}

TEST_CASE("good requests before a bad one are answered first") {
  HttpHarness harness;
  const std::string good = "GET /t HTTP/1.1\r\n\r\n";
  const std::string response = answer_to(harness, good + good + "bad\r\n" + good);
  CHECK(response.starts_with(repeat(kNoContent, 2)));
  CHECK(refused_with(response.substr(2 * kNoContent.size()), 400));
  CHECK(harness.requests.size() == 2);
}

TEST_CASE("who asks to close is closed, who asks to stay may stay") {
  constexpr std::string_view kClosing = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
  constexpr std::string_view kKeeping = "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n";
  HttpHarness harness;
  for (const char* bytes :
       {"GET /t HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /t HTTP/1.1\r\nconnection: Foo, Close\r\n\r\n",
        "GET /t HTTP/1.1\r\nConnection: keep-alive, close\r\n\r\n", "GET /t HTTP/1.0\r\n\r\n",
        "GET /t HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
        "GET /t HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(answer_to(harness, std::string(bytes) + "GET /never HTTP/1.1\r\n\r\n") == kClosing);
  }
  for (const std::string& request : harness.requests) CHECK(request == "GET /t?");
  RawClient client(harness);
  client.send(repeat("GET /t HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 2));
  CHECK(client.receive(2 * kKeeping.size()) == repeat(kKeeping, 2));
  client.forget();
  client.send("GET /t HTTP/1.1\r\nConnection: keep-alive\r\n\r\n");
  CHECK(client.receive(kNoContent.size()) == kNoContent);
}

TEST_CASE("a client that has closed its half is answered") {
  HttpHarness harness;
  RawClient client(harness);
  client.send(repeat("GET /t HTTP/1.1\r\n\r\n", 3));
  client.shut();
  CHECK(client.receive_all() == repeat(kNoContent, 3));
  CHECK(client.ended());
}

TEST_CASE("half a request and a closed half is refused") {
  HttpHarness harness;
  for (const char* bytes : {"GET /t HTT", "POST /t HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"}) {
    RawClient client(harness);
    client.send(bytes);
    client.shut();
    CHECK(refused_with(client.receive_all(), 400));
  }
  CHECK(harness.requests.empty());
}

TEST_CASE("a connection that says nothing ends without a word") {
  HttpHarness harness;
  RawClient client(harness);
  client.shut();
  CHECK(client.receive_all() == "");
  CHECK(client.ended());
  CHECK(harness.observed.empty());
}

TEST_CASE("100 Continue is sent when the body is wanted, and only then") {
  const std::string head = "POST /t HTTP/1.1\r\nExpect: 100-Continue\r\n";
  HttpHarness harness({.body_bytes = 100});
  SUBCASE("with a length, and with chunks") {
    RawClient client(harness);
    client.send(head + "Content-Length: 2\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.forget();
    client.send("hi");
    CHECK(client.receive(kNoContent.size()) == kNoContent);
    client.forget();
    client.send(head + "Transfer-Encoding: chunked\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.forget();
    client.send("2\r\nhi\r\n0\r\n\r\n");
    CHECK(client.receive(kNoContent.size()) == kNoContent);
    CHECK(harness.requests == std::vector<std::string>{"POST /t? hi", "POST /t? hi"});
  }
  SUBCASE("the body is already there") {
    RawClient client(harness);
    client.send(head + "Content-Length: 2\r\n\r\nhi");
    CHECK(client.receive(kNoContent.size()) == kNoContent);
  }
  SUBCASE("no body") {
    RawClient client(harness);
    client.send(head + "\r\n");
    CHECK(client.receive(kNoContent.size()) == kNoContent);
  }
  SUBCASE("the body is too long") {
    CHECK(refused_with(answer_to(harness, head + "Content-Length: 101\r\n\r\n"), 413));
    CHECK(refused_with(answer_to(harness, head + "Content-Length: 1073741824\r\n\r\n"), 413));
  }
  SUBCASE("another expectation") {
    CHECK(refused_with(answer_to(harness, "GET /t HTTP/1.1\r\nExpect: tea\r\n\r\n"), 417));
    CHECK(refused_with(answer_to(harness, "GET /t HTTP/1.1\r\nExpect:\r\n\r\n"), 417));
  }
  SUBCASE("HTTP/1.0 has none") {
    RawClient client(harness);
    client.send("POST /t HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    harness.turn();
    client.take();
    CHECK(client.received() == "");
    client.send("hi");
    CHECK(client.receive_all().starts_with("HTTP/1.1 204"));
  }
}

TEST_CASE("CONNECT is refused, and nothing switches protocols") {
  HttpHarness harness;
  CHECK(refused_with(answer_to(harness, "CONNECT host:443 HTTP/1.1\r\nHost: host\r\n\r\n"), 501));
  CHECK(refused_with(answer_to(harness, "CONNECT host:443 HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET "), 501));
  CHECK(harness.requests.empty());
}

TEST_CASE("headers are found whatever their case; the first of a name counts") {
  HttpHarness harness;
  std::string seen;
  harness.handler = [&](const HttpRequest& request, HttpResponse response) {
    for (const char* name : {"content-type", "x-empty", "x-absent", "x-twice", "x", "x-b"})
      seen.append(request.header(name)).append("|");
    response.send(204, {}, {});
  };
  RawClient client(harness);
  client.send(
      "GET / HTTP/1.1\r\nCONTENT-Type: \t text/plain; a=b \t\r\nX-Empty:  \r\nX-Twice: 1\r\n"
      "x-twice: 2\r\nX-B:y\r\n\r\n");
  client.receive(kNoContent.size());
  CHECK(seen == "text/plain; a=b|||1||y|");
}

TEST_CASE("noise never harms the server") {
  constexpr unsigned kSeed = 20201021;
  INFO("seed " << kSeed);
  std::mt19937 random(kSeed);
  const std::string base =
      "POST /track?key=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
      "\r\n4;a=b\r\nbody\r\n0\r\nA: b\r\n\r\nGET /track HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
  HttpHarness harness;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = base;
    for (unsigned changes = random() % 4 + 1; changes > 0; --changes) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 5);
          break;
        case 2:
          bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20));
          break;
        case 3:
          bytes[at] = "\r\n :;0\t,"[random() % 8];
          break;
      }
    }
    RawClient client(harness);
    client.send(bytes);
    client.shut();
    const std::string& response = client.receive_all();
    CHECK((response.empty() || response.starts_with("HTTP/1.1 ")));
  }
  CHECK(harness.until([&] { return harness.server->connections() == 0; }));
}

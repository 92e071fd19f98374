#include "tool/http/answer_parser.h"

#include <doctest/doctest.h>

#include <string>

#include "tool/failure.h"

TEST_SUITE_BEGIN("tool/http");

using namespace kilometric::tool;

namespace {

constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nTransfer-Encoding: "
    "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

bool fails(std::string_view bytes, bool ends) {
  AnswerParser parser;
  try {
    parser.feed(bytes);
    if (ends) parser.end();
    return false;
  } catch (const Failure& failure) {
    return failure.status() == kUnreachable;
  }
}

}  // namespace

TEST_CASE("an answer is the same in whatever pieces it comes") {
  for (size_t piece = 1; piece <= kChunked.size(); ++piece) {
    AnswerParser parser;
    for (size_t at = 0; at < kChunked.size(); at += piece) {
      CHECK_FALSE(parser.complete());
      parser.feed(kChunked.substr(at, piece));
    }
    CHECK(parser.complete());
    CHECK(parser.answer().status == 200);
    CHECK(parser.answer().body == "abcde");
    CHECK(parser.answer().header("content-type") == "a/b");
    CHECK(parser.answer().header("other").empty());
  }
}

TEST_CASE("an answer without a length ends with its connection, others do not") {
  AnswerParser parser;
  parser.feed("HTTP/1.0 404 Not Found\r\n\r\nwords");
  CHECK_FALSE(parser.complete());
  parser.end();
  CHECK(parser.complete());
  CHECK(parser.answer().body == "words");
  CHECK(fails("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true));
  CHECK(fails(kChunked.substr(0, kChunked.size() - 5), true));
  CHECK(fails("", true));
}

TEST_CASE("what is no HTTP, and a head without an end, are refused") {
  CHECK(fails("220 mail.example ESMTP\r\n", false));
  CHECK(fails("HTTP/1.1 200 OK\r\nX: " + std::string(AnswerParser::kMostHeadBytes, 'x'), false));
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5'000; ++i) many += "a: b\r\n";
  CHECK(fails(many, false));
}

TEST_CASE("an interim answer is passed over") {
  AnswerParser parser;
  parser.feed("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK_FALSE(parser.head_complete());
  parser.feed("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(parser.complete());
  CHECK(parser.answer().status == 204);
}

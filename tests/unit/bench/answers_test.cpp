#include "tests/bench/answers.h"

#include <doctest/doctest.h>

#include <stdexcept>

TEST_SUITE_BEGIN("bench");

using bench::Answers;
using bench::Statuses;

TEST_CASE("answers are counted by status, however the stream is cut") {
  const std::string stream =
      "HTTP/1.1 204 No Content\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\r\n\r\n"
      "HTTP/1.1 400 Bad Request\r\ncontent-length:2\r\nServer: x\r\n\r\n{}"
      "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n";
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    CAPTURE(piece);
    Answers answers;
    Statuses statuses{};
    size_t count = 0;
    for (size_t at = 0; at < stream.size(); at += piece)
      count += answers.take(stream.substr(at, piece), statuses);
    CHECK(count == 4);
    CHECK(statuses[204] == 2);
    CHECK(statuses[200] == 1);
    CHECK(statuses[400] == 1);
  }
}

TEST_CASE("what is no answer is refused") {
  for (const char* text : {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 999 x\r\n\r\n", "\r\n\r\n"}) {
    CAPTURE(text);
    Answers answers;
    Statuses statuses{};
    CHECK_THROWS_AS(answers.take(text, statuses), std::runtime_error);
  }
}

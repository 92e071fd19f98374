#include "tool/http/url.h"

#include <doctest/doctest.h>

#include <string>

#include "tool/failure.h"

TEST_SUITE_BEGIN("tool/http");

using namespace kilometric::tool;

namespace {

std::string parts(const char* text) {
  const Url url = Url::parse(text, "--reader");
  return url.host + " " + url.port + " " + url.path;
}

}  // namespace

TEST_CASE("a URL has a host, a port and a path before each target") {
  CHECK(parts("http://127.0.0.1:3001") == "127.0.0.1 3001 ");
  CHECK(parts("http://web") == "web 80 ");
  CHECK(parts("http://web:3001/") == "web 3001 ");
  CHECK(parts("http://web:3001/stats//") == "web 3001 /stats");
  CHECK(parts("http://[::1]:3001/a") == "::1 3001 /a");
  CHECK(Url::parse("http://[::1]:3001", "--reader").text() == "http://[::1]:3001");
}

TEST_CASE("what is no such URL is named, with how to write it") {
  for (const char* text :
       {"", "localhost:3001", "https://web", "http://", "http://:3001", "http://web:", "http://web:0",
        "http://web:65536", "http://web:3001x", "http://[::1", "http://[::1]x", "http://a b", "http://a\r\nb",
        "http://a?b", "http://me:secret@web", "http://web:999999"}) {
    CAPTURE(text);
    try {
      Url::parse(text, "--reader");
      FAIL("it was taken");
    } catch (const Failure& failure) {
      CHECK(failure.status() == kUsage);
      CHECK(std::string(failure.what()).find("write it as http://host:port") != std::string::npos);
    }
  }
}

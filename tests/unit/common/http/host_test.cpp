#include "common/http/host.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("common/http");

using kilometric::is_host;
using kilometric::without_port;

TEST_CASE("a host without its port") {
  CHECK(without_port("example.com:3000") == "example.com");
  CHECK(without_port("example.com") == "example.com");
  CHECK(without_port("[::1]:3000") == "[::1]");
  CHECK(without_port("[::1]") == "[::1]");
  CHECK(without_port("").empty());
  CHECK(without_port(":3000").empty());
}

TEST_CASE("an answer repeats nothing that is no host") {
  for (const char* host : {"example.com", "10.0.0.1", "[fe80::1]", "a_b-c"}) CHECK_MESSAGE(is_host(host), host);
  for (const char* host : {"", "a b", "a/b", "a\"b", "a\r\nb", "user@host", "\xC3\xA9"})
    CHECK_MESSAGE(!is_host(host), host);
}

#include "readerd/api/page_origin.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("readerd/api");

using kilometric::may_delete;

TEST_CASE("what is no page may delete, and the reader's own page at an address or localhost") {
  CHECK(may_delete("", "stats.example.com:3001", ""));
  CHECK(may_delete("http://localhost:3001", "localhost:3001", ""));
  CHECK(may_delete("http://127.0.0.1:3001", "127.0.0.1:3001", ""));
  CHECK(may_delete("http://[::1]:3001", "[::1]:3001", ""));
}

TEST_CASE("a page of another site may delete when it is the one that is let") {
  CHECK_FALSE(may_delete("https://example.com", "localhost:3001", ""));
  CHECK_FALSE(may_delete("http://localhost:8080", "localhost:3001", ""));
  CHECK_FALSE(may_delete("null", "localhost:3001", ""));
  CHECK(may_delete("https://example.com", "localhost:3001", "https://example.com"));
}

TEST_CASE("a name that may have been made to lead here is not trusted") {
  CHECK_FALSE(may_delete("http://evil.example:3001", "evil.example:3001", ""));
  CHECK_FALSE(may_delete("http://[::1:3001", "[::1:3001", ""));
  CHECK_FALSE(may_delete("http://localhost.evil:3001", "localhost.evil:3001", ""));
  CHECK_FALSE(may_delete("://", "", ""));
}

#include "common/metric/key.h"

#include <doctest/doctest.h>

#include <string>

TEST_SUITE_BEGIN("common/metric");

using kilometric::key_error;

TEST_CASE("keys that are accepted") {
  for (const char* key : {"a", "my-metric", "with space", "a/b", "a:b", "\"quoted\"", "grüße", "日本",
                          "\xF0\x9F\x9A\x80", "\xC2\xA0", "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"})
    CHECK_MESSAGE(key_error(key) == nullptr, key);
  CHECK(key_error(std::string(255, 'k')) == nullptr);
  CHECK(key_error("name;tag=value") == nullptr);
  CHECK(key_error("n;k=" + std::string(1'019, 'v')) == nullptr);
}

TEST_CASE("keys that are refused") {
  CHECK(key_error("") != nullptr);
  CHECK(key_error(std::string(256, 'k')) != nullptr);
  CHECK(key_error(std::string(256, 'k') + ";k=v") != nullptr);
  CHECK(key_error("n;k=" + std::string(1'020, 'v')) != nullptr);
  CHECK(key_error(std::string("a\0b", 3)) != nullptr);
  for (const char* key :
       {"tab\there", "line\nfeed", "\x7F", "\xC2\x85", "\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80",
        "\xED\xA0\x80", "\xE2\x82", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    CHECK_MESSAGE(key_error(key) != nullptr, key);
}

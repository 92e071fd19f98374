#include "tool/reader/key_pages.h"

#include <doctest/doctest.h>

#include <string>

#include "common/metric/glob.h"

TEST_SUITE_BEGIN("tool/reader");

using namespace kilometric;

TEST_CASE("a name as a pattern is the pattern of that name alone") {
  std::string all;
  for (int c = 1; c < 256; ++c) {
    all += static_cast<char>(c);
    const std::string key = std::string("a") + static_cast<char>(c) + "b";
    CAPTURE(c);
    CHECK(Glob::parse(tool::literal_pattern(key)).value().literal() == key);
    CHECK(Glob::parse(tool::literal_pattern(key + key)).value().matches(key + key));
  }
  CHECK(Glob::parse(tool::literal_pattern(all)).value().literal() == all);
}

#include "ingestd/count/same_bytes.h"

#include <doctest/doctest.h>

#include <string>

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

TEST_CASE("bytes are the same only if each one is") {
  for (size_t length = 0; length <= 255; ++length) {
    const std::string text(length, 'k');
    const std::string around = "x" + text + "y";  // its words are not aligned, its neighbours differ
    REQUIRE(same_bytes(text.data(), around.data() + 1, length));
    for (size_t at = 0; at < length; ++at) {
      std::string other = text;
      other[at] ^= 1;
      REQUIRE_FALSE(same_bytes(text.data(), other.data(), length));
    }
  }
}

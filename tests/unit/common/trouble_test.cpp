#include "common/trouble.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("common");

using kilometric::Trouble;

TEST_CASE("a trouble is news once, until its words change or it was over") {
  Trouble trouble;
  CHECK_FALSE(trouble.is_over());
  CHECK(trouble.is_news("full"));
  CHECK_FALSE(trouble.is_news("full"));
  CHECK(trouble.is_news("read-only"));
  CHECK(trouble.is_news("full"));
  CHECK(trouble.is_over());
  CHECK_FALSE(trouble.is_over());
  CHECK(trouble.is_news("full"));
}

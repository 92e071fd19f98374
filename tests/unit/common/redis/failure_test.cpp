#include "common/redis/failure.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("common/redis");

using kilometric::failure_of;

TEST_CASE("what Redis refuses is told in words") {
  CHECK(failure_of("PING", "NOAUTH Authentication required.") ==
        "Redis wants a password (NOAUTH): set it in KILOMETRIC_REDIS_URL");
  CHECK(failure_of("AUTH", "WRONGPASS invalid username-password pair or user is disabled.") ==
        "Redis refused the password (WRONGPASS)");
  CHECK(failure_of("AUTH", "ERR invalid password") == "Redis refused the password (WRONGPASS)");
  CHECK(failure_of("AUTH", "ERR Client sent AUTH, but no password is set") ==
        "Redis has no password, but KILOMETRIC_REDIS_URL gives one");
  CHECK(failure_of("PING", "LOADING Redis is loading the dataset in memory") ==
        "Redis is still loading its data (LOADING)");
  CHECK(failure_of("SELECT", "ERR max number of clients reached") ==
        "Redis takes no more clients (maxclients)");
  CHECK(failure_of("SELECT", "ERR DB index is out of range") == "Redis says: ERR DB index is out of range");
  CHECK(failure_of("PING", "") == "Redis says: ");
  CHECK(failure_of("PING", std::string(10'000, 'x')).size() < 300);
}

TEST_CASE("what Redis says to AUTH is not repeated: it may hold the password") {
  CHECK(failure_of("AUTH", "ERR unknown command `AUTH`, with args beginning with: `secret`, ") ==
        "Redis refused AUTH (ERR)");
}

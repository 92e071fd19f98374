#include "common/socket_address.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

#include <string>

TEST_SUITE_BEGIN("common");

using namespace kilometric;

namespace {

std::string v4(const char* host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  REQUIRE(inet_pton(AF_INET, host, &address.sin_addr) == 1);
  return address_text(reinterpret_cast<const sockaddr&>(address));
}

std::string v6(const char* host, uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  REQUIRE(inet_pton(AF_INET6, host, &address.sin6_addr) == 1);
  return address_text(reinterpret_cast<const sockaddr&>(address));
}

}  // namespace

TEST_CASE("an address is a host and a port") {
  CHECK(v4("10.0.0.7", 5123) == "10.0.0.7:5123");
  CHECK(v4("0.0.0.0", 0) == "0.0.0.0:0");
  CHECK(v6("2001:db8::7", 65535) == "[2001:db8::7]:65535");
  CHECK(v6("::1", 1) == "[::1]:1");
}

TEST_CASE("an IPv4 address that came to an IPv6 socket is one") {
  CHECK(v6("::ffff:10.0.0.7", 5123) == "10.0.0.7:5123");
  CHECK(v6("::ffff:a:0:7", 5123) == "[::ffff:a:0:7]:5123");
}

TEST_CASE("an address of no family, or of another, is unknown") {
  CHECK(address_text({}) == "unknown");
  sockaddr other{};
  other.sa_family = AF_UNIX;
  CHECK(address_text(other) == "unknown");
}

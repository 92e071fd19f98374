#include "common/settings/service_links.h"

#include <doctest/doctest.h>

using namespace kilometric;

TEST_SUITE_BEGIN("common/settings");

TEST_CASE("the URL of a Service: a protocol, a numeric address, a port") {
  for (const char* url : {"tcp://10.96.0.12:3000", "udp://10.96.0.12:8125", "sctp://10.0.0.1:1",
                          "tcp://[fd00::12]:3000", "tcp://[::1]:65535"})
    CHECK_MESSAGE(is_service_url(url), url);
  for (const char* other :
       {"", "3000", "tcp://", "tcp://10.96.0.12", "tcp://10.96.0.12:", "tcp://10.96.0.12:0",
        "tcp://10.96.0.12:65536", "tcp://10.96.0.12:3000/", "tcp://10.96.0.12:3000 ", "tcp://:3000",
        "tcp://fd00::12:3000", "tcp://[10.96.0.12]:1", "tcp://[]:1", "tcp://[:1", "tcp://localhost:3000",
        "TCP://10.96.0.12:3000", "http://10.96.0.12:3000"})
    CHECK_MESSAGE(!is_service_url(other), other);
}

TEST_CASE("all that is set for a Service is known, and nothing else") {
  CHECK(is_service_link("KILOMETRIC_SERVICE_HOST", "10.96.0.12"));
  CHECK(is_service_link("KILOMETRIC_SERVICE_PORT", "3000"));
  CHECK(is_service_link("KILOMETRIC_UDP_SERVICE_PORT_STATSD", "8125"));
  CHECK(is_service_link("KILOMETRIC_PORT", "tcp://10.96.0.12:3000"));
  CHECK(is_service_link("KILOMETRIC_INGESTD_PORT", "tcp://10.96.0.12:3000"));
  CHECK(is_service_link("KILOMETRIC_PORT_3000_TCP", "tcp://10.96.0.12:3000"));
  CHECK(is_service_link("KILOMETRIC_PORT_3000_TCP_PORT", "3000"));
  CHECK(is_service_link("KILOMETRIC_UDP_PORT_8125_UDP_PROTO", "udp"));
  CHECK(!is_service_link("KILOMETRIC_PORT", "3000"));
  CHECK(!is_service_link("KILOMETRIC_PORTS", "tcp://10.96.0.12:3000"));
  CHECK(!is_service_link("KILOMETRIC_HTTP_PORT", "3000"));
  CHECK(!is_service_link("KILOMETRIC_PORT_", "3000"));
  CHECK(!is_service_link("KILOMETRIC_PORT_HTTP", "3000"));
}

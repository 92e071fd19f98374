#include "ingestd/process/handover.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "common/listen.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/process");

namespace {

/// A UDP socket of a group that shares one port; port 0 begins a group.
struct Member {
  Member(const char* address, uint16_t port) : fd(open_socket(Protocol::udp, address, port, "TEST")) {}
  ~Member() { close(fd); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  uint16_t port() const {
    sockaddr_in6 name{};  // the port lies where that of IPv4 does
    socklen_t bytes = sizeof name;
    REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &bytes) == 0);
    return ntohs(name.sin6_port);
  }

  /// Takes out all that waits; their texts, joined.
  std::string take() const {
    std::string all;
    char text[100];
    for (ssize_t bytes; (bytes = recv(fd, text, sizeof text, MSG_DONTWAIT)) >= 0;)
      all.append(text, static_cast<size_t>(bytes));
    return all;
  }

  const int fd;
};

/// To the loopback address over IPv4, from another port each time.
void send_many(uint16_t port, int count) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    REQUIRE(sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&name), sizeof name) == 1);
    close(fd);
  }
}

}  // namespace

TEST_CASE("what waits for a worker that is no more goes to the others, and nothing more comes to it") {
  for (const char* address : {"127.0.0.1", "0.0.0.0", "::"}) {
    CAPTURE(address);
    const Member first(address, 0), second(address, first.port()), gone(address, first.port());
    send_many(first.port(), 100);
    const size_t before = first.take().size() + second.take().size();
    REQUIRE(before < 100);  // each got its share
    CHECK(carry_over(gone.fd, first.fd) == 100 - before);
    send_many(first.port(), 100);
    const std::string ones = first.take(), others = second.take();
    CHECK(ones.size() + others.size() == 200 - before);
    CHECK(std::min(ones.size(), others.size()) > 20);
    CHECK(gone.take().empty());
  }
}

TEST_CASE("a socket of another address or port is carried over as well") {
  const Member gone("127.0.0.1", 0), now("::", 0);
  send_many(gone.port(), 7);
  CHECK(carry_over(gone.fd, now.fd) == 7);
  CHECK(now.take() == "xxxxxxx");
}

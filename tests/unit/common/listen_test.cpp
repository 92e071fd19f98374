#include "common/listen.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace kilometric;

TEST_SUITE_BEGIN("common");

namespace {

struct Fd {
  explicit Fd(int number) : number(number) {}
  ~Fd() { close(number); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int number;
};

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(fd, level, name, &value, &size);
  return value;
}

uint16_t port_of(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0);
  return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(name).sin6_port
                                          : reinterpret_cast<sockaddr_in&>(name).sin_port);
}

int connect_ipv4(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
  return fd;
}

template <class Call>
std::string bind_error(Call call) {
  try {
    call();
  } catch (const BindError& error) {
    return error.what();
  }
  return "no error";
}

std::string check_error(Protocol protocol, const char* address, uint16_t port) {
  return bind_error([&] { check_port_free(protocol, address, port, "KILOMETRIC_PORT"); });
}

}  // namespace

TEST_CASE("a socket is non-blocking, close-on-exec, shared by port, and TCP listens") {
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
    const Fd fd(open_socket(protocol, "127.0.0.1", 0, "KILOMETRIC_PORT"));
    CHECK((fcntl(fd.number, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(fd.number, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(option(fd.number, SOL_SOCKET, SO_ACCEPTCONN) == (protocol == Protocol::tcp));
    const Fd twin(open_socket(protocol, "127.0.0.1", port_of(fd.number), "KILOMETRIC_PORT"));
    CHECK(port_of(twin.number) == port_of(fd.number));
  }
}

TEST_CASE("a port that another socket holds is refused, SO_REUSEPORT or not") {
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
    const Fd fd(open_socket(protocol, "127.0.0.1", 0, "KILOMETRIC_PORT"));
    const uint16_t port = port_of(fd.number);
    const std::string number = std::to_string(port);
    CHECK(check_error(protocol, "127.0.0.1", port) ==
          "KILOMETRIC_PORT=" + number + ": 127.0.0.1:" + number +
              " is already in use; stop the other program or choose another port");
    CHECK(check_error(protocol, "0.0.0.0", port).find("in use") != std::string::npos);
    CHECK(check_error(protocol, "::", port).find("[::]:" + number + " is already in use") != std::string::npos);
  }
}

TEST_CASE("a check leaves the port free") {
  uint16_t port = 0;
  {
    const Fd fd(open_socket(Protocol::tcp, "127.0.0.1", 0, "KILOMETRIC_PORT"));
    port = port_of(fd.number);
  }
  CHECK(check_error(Protocol::tcp, "127.0.0.1", port) == "no error");
  CHECK(check_error(Protocol::tcp, "127.0.0.1", port) == "no error");
}

TEST_CASE("what lingers from closed connections does not hold the port") {
  uint16_t port = 0;
  {
    const Fd listener(open_socket(Protocol::tcp, "127.0.0.1", 0, "KILOMETRIC_PORT"));
    port = port_of(listener.number);
    const Fd client(connect_ipv4(port));
    const Fd accepted(accept(listener.number, nullptr, nullptr));
    REQUIRE(accepted.number >= 0);
    shutdown(accepted.number, SHUT_RDWR);  // the server closes first: TIME_WAIT stays on its side
  }
  CHECK(check_error(Protocol::tcp, "127.0.0.1", port) == "no error");
  const Fd again(open_socket(Protocol::tcp, "127.0.0.1", port, "KILOMETRIC_PORT"));
  CHECK(port_of(again.number) == port);
}

TEST_CASE("\"::\" takes IPv4 as well") {
  const Fd listener(open_socket(Protocol::tcp, "::", 0, "KILOMETRIC_PORT"));
  const Fd client(connect_ipv4(port_of(listener.number)));
  CHECK(option(listener.number, IPPROTO_IPV6, IPV6_V6ONLY) == 0);
}

TEST_CASE("an address of another machine") {
  CHECK(check_error(Protocol::tcp, "192.0.2.1", 3000) ==  // TEST-NET-1: nobody's
        "KILOMETRIC_PORT=3000: 192.0.2.1:3000 is not an address of this machine; "
        "set KILOMETRIC_BIND to one that is");
  CHECK(bind_error([] { open_socket(Protocol::udp, "2001:db8::1", 1, "X"); }).starts_with("X=1: ["));
}

TEST_CASE("the loopback addresses: such as can be bound here, and at least one") {
  const std::vector<std::string> addresses = loopback_addresses();
  CHECK(addresses.size() >= 1);
  CHECK(addresses.front() == "127.0.0.1");
  for (const std::string& address : addresses)
    CHECK(check_error(Protocol::udp, address.c_str(), 0) == "no error");
}

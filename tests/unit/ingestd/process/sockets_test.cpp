#include "ingestd/process/sockets.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "common/listen.h"
#include "ingestd/process/listeners.h"
#include "ingestd/process/unix_socket.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/process");

namespace {

uint16_t port_of(int fd) {
  sockaddr_in6 name{};  // the port lies where that of IPv4 does
  socklen_t bytes = sizeof name;
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &bytes);
  return ntohs(name.sin6_port);
}

/// Settings of one worker, with ports that are free.
Settings settings_of_one(const std::vector<std::string>& bind) {
  Settings settings;
  settings.workers = 1;
  settings.bind = bind;
  for (const auto& [protocol, port] :
       {std::pair{Protocol::udp, &settings.udp_port}, {Protocol::tcp, &settings.port}}) {
    const int fd = open_socket(protocol, "::", 0, "TEST");
    *port = port_of(fd);
    close(fd);
  }
  return settings;
}

/// One datagram from the socket to itself.
void send_to_itself(int fd, char text) {
  sockaddr_storage name{};
  socklen_t bytes = sizeof name;
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &bytes);
  const int sender = socket(name.ss_family, SOCK_DGRAM, 0);
  if (sendto(sender, &text, 1, 0, reinterpret_cast<sockaddr*>(&name), bytes) != 1) _exit(2);
  close(sender);
}

std::string take(int fd) {
  std::string all;
  char text[10];
  for (ssize_t bytes; (bytes = recv(fd, text, sizeof text, MSG_DONTWAIT)) >= 0;)
    all.append(text, static_cast<size_t>(bytes));
  return all;
}

using Kept = std::vector<std::pair<std::string, int>>;

/// In this process, as if systemd had handed these over.
void hand_over(const Kept& kept) {
  std::vector<int> copies;
  for (const auto& [name, fd] : kept) copies.push_back(fcntl(fd, F_DUPFD, 100));
  std::string names;
  for (size_t i = 0; i < kept.size(); ++i) {
    close(kept[i].second);
    names += (i > 0 ? ":" : "") + kept[i].first;
  }
  for (size_t i = 0; i < kept.size(); ++i) {
    dup2(copies[i], 3 + static_cast<int>(i));
    close(copies[i]);
  }
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  setenv("LISTEN_FDS", std::to_string(kept.size()).c_str(), 1);
  setenv("LISTEN_FDNAMES", names.c_str(), 1);
}

/// What `check` returns in a child process, whose descriptors and environment are its own.
template <class Check>
bool in_a_child(Check check) {
  const pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status == 0;
}

constexpr size_t kUdp4 = 0, kUdp6 = 1;  // in Sockets::all(), with one worker and two addresses

}  // namespace

TEST_CASE("a restart that adds an address keeps the sockets of the other, and what waits in them") {
  REQUIRE(loopback_addresses().size() == 2);
  CHECK(in_a_child([] {
    const Settings settings = settings_of_one({"127.0.0.1", "::1"});
    const int udp = open_socket(Protocol::udp, "127.0.0.1", settings.udp_port, "TEST");
    const int http = open_socket(Protocol::tcp, "127.0.0.1", settings.port, "TEST");
    send_to_itself(udp, 'a');
    hand_over({{"udp-0", udp}, {"http-0", http}});
    const Sockets sockets(settings);
    if (sockets.all().size() != 4 || sockets.all()[kUdp4] != 3) return false;
    send_to_itself(sockets.all()[kUdp6], 'b');
    return take(sockets.all()[kUdp4]) == "a" && take(sockets.all()[kUdp6]) == "b";
  }));
}

TEST_CASE("a restart that takes an address away carries over what waits there") {
  REQUIRE(loopback_addresses().size() == 2);
  CHECK(in_a_child([] {
    const Settings settings = settings_of_one({"127.0.0.1"});
    const int udp4 = open_socket(Protocol::udp, "127.0.0.1", settings.udp_port, "TEST");
    const int udp6 = open_socket(Protocol::udp, "::1", settings.udp_port, "TEST");
    send_to_itself(udp4, 'a');
    send_to_itself(udp6, 'b');
    hand_over({{"udp-0", udp6}, {"udp-0", udp4}});
    const Sockets sockets(settings);
    return sockets.all().size() == 2 && take(sockets.all()[kUdp4]) == "ab";
  }));
}

TEST_CASE(
    "a restart keeps the unix socket, also when it is handed over twice, and carries it to another path") {
  const TemporaryFolder folder;
  CHECK(in_a_child([&] {
    Settings settings = settings_of_one({"127.0.0.1"});
    settings.unix_datagram = folder.path() / "a";
    settings.socket_mode = 0600;
    const int kept = open_unix_socket(SOCK_DGRAM, settings.unix_datagram, 0600, "TEST");
    send_to_itself(kept, 'a');
    hand_over({{"unix_datagram-0", dup(kept)}, {"unix_datagram-0", kept}});
    int again = -1;
    {
      const Sockets sockets(settings);
      const std::vector<int>& all = sockets.all();
      if (all.size() != 3 || all[2] != 3) return false;
      send_to_itself(all[2], 'b');
      if (take(all[2]) != "ab") return false;
      send_to_itself(all[2], 'c');
      again = dup(all[2]);
    }
    hand_over({{"unix_datagram-0", again}});
    settings.unix_datagram = folder.path() / "b";
    const Sockets sockets(settings);
    return take(sockets.all()[2]) == "c" && !is_socket_file(folder.path() / "a");
  }));
}

TEST_CASE("a kept unix socket whose file is gone is made anew, and what waits in it carried over") {
  const TemporaryFolder folder;
  CHECK(in_a_child([&] {
    Settings settings = settings_of_one({"127.0.0.1"});
    settings.unix_datagram = folder.path() / "a";
    settings.socket_mode = 0600;
    const int kept = open_unix_socket(SOCK_DGRAM, settings.unix_datagram, 0600, "TEST");
    send_to_itself(kept, 'a');
    unlink(settings.unix_datagram.c_str());
    hand_over({{"unix_datagram-0", kept}});
    const Sockets sockets(settings);
    send_to_itself(sockets.all()[2], 'b');
    return take(sockets.all()[2]) == "ab";
  }));
}

TEST_CASE("another program at one of the addresses is noticed, also when sockets of the other were kept") {
  REQUIRE(loopback_addresses().size() == 2);
  CHECK(in_a_child([] {
    const Settings settings = settings_of_one({"127.0.0.1", "::1"});
    const int udp = open_socket(Protocol::udp, "127.0.0.1", settings.udp_port, "TEST");
    hand_over({{"udp-0", udp}});
    open_socket(Protocol::udp, "::1", settings.udp_port, "TEST");
    try {
      const Sockets sockets(settings);
    } catch (const BindError& error) {
      return std::string(error.what())
                 .find("[::1]:" + std::to_string(settings.udp_port) + " is already in use") !=
             std::string::npos;
    }
    return false;
  }));
}

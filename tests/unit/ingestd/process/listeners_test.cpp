#include "ingestd/process/listeners.h"

#include <doctest/doctest.h>

#include <set>

#include "ingestd/count/statistics.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/process");

TEST_CASE(
    "each worker has a socket of each listener and address to itself, and children find them behind their "
    "channel") {
  for (unsigned workers : {1u, 3u, 64u}) {
    Settings settings;
    settings.workers = workers;
    settings.bind = {"127.0.0.1", "::1"};
    std::set<size_t> taken;
    for (const Listener row : {Listener::udp, Listener::http})
      for (size_t address : {0, 1})
        for (unsigned worker = 0; worker < workers; ++worker) {
          const size_t index = socket_index(row, settings, address, worker);
          taken.insert(index);
          CHECK(socket_fd(row, settings, address, worker) == kChannelFd + 1 + static_cast<int>(index));
        }
    CHECK(taken.size() == workers * 2 * 2);
    CHECK(*taken.rbegin() == taken.size() - 1);
  }
}

TEST_CASE("all workers share the socket of a path, which lies behind those of the ports") {
  Settings settings;
  settings.workers = 3;
  settings.bind = {"127.0.0.1", "::1"};
  CHECK(kListeners[static_cast<size_t>(Listener::unix_datagram)].sockets(settings) == 0);
  settings.unix_datagram = "/run/a.socket";
  for (unsigned worker : {0u, 2u})
    CHECK(socket_index(Listener::unix_datagram, settings, 0, worker) == 3 * 2 * 2);
}

TEST_CASE("TCP has a socket for each address and worker, if it is set") {
  Settings settings;
  settings.workers = 3;
  settings.bind = {"127.0.0.1", "::1"};
  CHECK(kListeners[static_cast<size_t>(Listener::tcp)].sockets(settings) == 0);
  settings.tcp_port = 8125;
  settings.unix_datagram = "/run/a.socket";
  CHECK(socket_index(Listener::tcp, settings, 1, 2) == 2 * 3 * 2 + 1 + 3 + 2);
}

TEST_CASE("the number of a listener is that of its row") {
  CHECK(kListeners[static_cast<size_t>(Listener::udp)].name == "udp");
  CHECK(kListeners[static_cast<size_t>(Listener::udp)].protocol == Protocol::udp);
  CHECK(kListeners[static_cast<size_t>(Listener::http)].name == "http");
  CHECK(kListeners[static_cast<size_t>(Listener::http)].protocol == Protocol::tcp);
  CHECK(kListeners[static_cast<size_t>(Listener::unix_datagram)].name == "unix_datagram");
  CHECK(kListeners[static_cast<size_t>(Listener::tcp)].name == "tcp");
  CHECK(kListeners[static_cast<size_t>(Listener::unix_stream)].name == "unix_stream");
  for (size_t row = 0; row < kListeners.size(); ++row) CHECK(kListeners[row].name == kViaNames[row]);
}

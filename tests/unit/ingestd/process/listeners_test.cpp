#include "ingestd/process/listeners.h"

#include <doctest/doctest.h>

#include <set>

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
    for (size_t row = 0; row < kListeners.size(); ++row)
      for (size_t address : {0, 1})
        for (unsigned worker = 0; worker < workers; ++worker) {
          const auto listener = static_cast<Listener>(row);
          const size_t index = socket_index(listener, settings, address, worker);
          taken.insert(index);
          CHECK(socket_fd(listener, settings, address, worker) == kChannelFd + 1 + static_cast<int>(index));
        }
    CHECK(taken.size() == workers * kListeners.size() * 2);
    CHECK(*taken.rbegin() == taken.size() - 1);
  }
}

TEST_CASE("the number of a listener is that of its row") {
  CHECK(kListeners[static_cast<size_t>(Listener::udp)].name == "udp");
  CHECK(kListeners[static_cast<size_t>(Listener::udp)].protocol == Protocol::udp);
  CHECK(kListeners[static_cast<size_t>(Listener::http)].name == "http");
  CHECK(kListeners[static_cast<size_t>(Listener::http)].protocol == Protocol::tcp);
}

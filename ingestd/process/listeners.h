// The listeners: all that ingestd takes lines or requests from, a row each. The supervisor opens their sockets
// by this table, every child inherits them in its order, a worker finds its own by it, and the numbers that are
// kept of a listener bear its name. What is done with a socket is the worker's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/listen.h"
#include "common/settings/settings.h"
#include "ingestd/process/channel.h"

namespace kilometric {

/// The number of its row.
enum class Listener : uint8_t { udp, http };

struct ListenerRow {
  std::string_view name;  ///< in metrics, via="udp"; in systemd's fd store, "udp-0"
  Protocol protocol;
  const char* setting;
  uint16_t Settings::*port;
  /// How many sockets it has at each address; they go to the workers in turn.
  unsigned (*sockets)(const Settings& settings);
};

constexpr unsigned one_each_worker(const Settings& settings) { return settings.workers; }

inline constexpr std::array<ListenerRow, 2> kListeners{{
    {"udp", Protocol::udp, "KILOMETRIC_UDP_PORT", &Settings::udp_port, one_each_worker},
    {"http", Protocol::tcp, "KILOMETRIC_PORT", &Settings::port, one_each_worker},
}};

/// Among the sockets of all listeners: the place of the one that a worker has at one of the addresses.
inline size_t socket_index(Listener listener, const Settings& settings, size_t address, unsigned worker) {
  const auto row = static_cast<size_t>(listener);
  size_t index = 0;
  for (size_t before = 0; before < row; ++before)
    index += settings.bind.size() * kListeners[before].sockets(settings);
  const unsigned each = kListeners[row].sockets(settings);
  return index + address * each + worker % each;
}

/// In a child process they are the descriptors behind its channel.
inline constexpr int kFirstSocketFd = kChannelFd + 1;

inline int socket_fd(Listener listener, const Settings& settings, size_t address, unsigned worker) {
  return kFirstSocketFd + static_cast<int>(socket_index(listener, settings, address, worker));
}

}  // namespace kilometric

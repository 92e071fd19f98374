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
enum class Listener : uint8_t { udp, http, unix_datagram, tcp, unix_stream };

struct ListenerRow {
  std::string_view name;  ///< in metrics, via="udp"; in systemd's fd store, "udp-0"
  Protocol protocol;
  const char* setting;
  uint16_t Settings::*port;               ///< at each address of the settings; nullptr: it has a path
  std::filesystem::path Settings::*path;  ///< of a unix socket
  /// How many sockets it has at each of its places; they go to the workers in turn.
  unsigned (*sockets)(const Settings& settings);

  constexpr bool is_unix() const { return path != nullptr; }
  size_t places(const Settings& settings) const { return is_unix() ? 1 : settings.bind.size(); }
};

constexpr unsigned one_each_worker(const Settings& settings) { return settings.workers; }

/// A path is bound once, so all workers share its socket.
template <std::filesystem::path Settings::*kPath>
unsigned one_if_set(const Settings& settings) {
  return (settings.*kPath).empty() ? 0 : 1;
}

constexpr unsigned one_each_worker_if_set(const Settings& settings) {
  return settings.tcp_port == 0 ? 0 : settings.workers;
}

inline constexpr std::array<ListenerRow, 5> kListeners{{
    {"udp", Protocol::udp, "KILOMETRIC_UDP_PORT", &Settings::udp_port, nullptr, one_each_worker},
    {"http", Protocol::tcp, "KILOMETRIC_PORT", &Settings::port, nullptr, one_each_worker},
    {"unix_datagram", Protocol::udp, "KILOMETRIC_UNIX_DATAGRAM", nullptr, &Settings::unix_datagram,
     one_if_set<&Settings::unix_datagram>},
    {"tcp", Protocol::tcp, "KILOMETRIC_TCP_PORT", &Settings::tcp_port, nullptr, one_each_worker_if_set},
    {"unix_stream", Protocol::tcp, "KILOMETRIC_UNIX_STREAM", nullptr, &Settings::unix_stream,
     one_if_set<&Settings::unix_stream>},
}};

/// Among the sockets of all listeners: the place of the one that a worker has at one of the addresses. Requires
/// that the settings have this listener.
inline size_t socket_index(Listener listener, const Settings& settings, size_t address, unsigned worker) {
  const auto row = static_cast<size_t>(listener);
  size_t index = 0;
  for (size_t before = 0; before < row; ++before)
    index += kListeners[before].places(settings) * kListeners[before].sockets(settings);
  const unsigned each = kListeners[row].sockets(settings);
  return index + address * each + worker % each;
}

/// In a child process they are the descriptors behind its channel.
inline constexpr int kFirstSocketFd = kChannelFd + 1;

inline int socket_fd(Listener listener, const Settings& settings, size_t address, unsigned worker) {
  return kFirstSocketFd + static_cast<int>(socket_index(listener, settings, address, worker));
}

}  // namespace kilometric

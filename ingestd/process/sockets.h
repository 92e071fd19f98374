// The sockets of all listeners (ingestd/process/listeners.h) at each address, those of one port with
// SO_REUSEPORT, and at each path. Owned by the supervisor, which opens and keeps them, so that a worker's death
// loses neither the kernel's queue nor the backlog; systemd keeps them in its fd store, so that the
// supervisor's death and a restart do not either.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/settings/settings.h"

namespace kilometric {

class Sockets {
 public:
  /// Takes over what systemd has kept, as far as it fits the settings, and opens the rest. What waits
  /// in a socket that does not fit is carried over. Throws BindError.
  explicit Sockets(const Settings& settings);
  ~Sockets();
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  /// One line: where it listens, and how much the kernel will queue; another when that is little.
  void log() const;

  /// In the order of the table of listeners, see ingestd/process/listeners.h.
  const std::vector<int>& all() const { return fds_; }

 private:
  void give_up(int fd);
  void log_unix_datagram() const;
  void check_ports(const std::multimap<std::string, int>& kept) const;
  int first_udp() const;

  const Settings& settings_;
  std::vector<int> fds_;
  bool kept_ = false;        ///< over a restart
  size_t carried_over_ = 0;  ///< datagrams, from sockets that do not fit
};

}  // namespace kilometric

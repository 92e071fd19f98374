// What comes to a UDP port of this host, whoever listens there, as the network hands it to IP: by packet
// sockets, which take root or CAP_NET_RAW. A filter in the kernel leaves out what is not for the port, so that
// other traffic costs next to nothing.
//
// One socket for each of IPv4 and IPv6, and not one for all that passes the interfaces: so a packet on
// loopback, a bridge or a VLAN is seen once, where IP takes it. Who has no right to it gets a Failure that says
// how.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tool/http/dial.h"
#include "tool/packets/stop_signals.h"

namespace kilometric::tool {

struct Packet {
  int64_t time_ns = 0;     ///< since the epoch
  size_t sent_bytes = 0;   ///< at least as many as there are
  std::string_view bytes;  ///< from the IP header on; until the next is read
};

class PortTap {
 public:
  static constexpr size_t kMostPacketBytes = 65'536 + 64;  ///< of IPv6 without a jumbogram

  explicit PortTap(uint16_t port);

  /// The next packet; nullopt when none comes within that time, or a stop signal did.
  std::optional<Packet> next(std::chrono::milliseconds patience);

  bool stopped() const { return stopped_; }

  /// How many packets the kernel had no room for until now.
  uint64_t dropped();

 private:
  std::optional<Packet> receive(int descriptor);

  std::array<Socket, 2> sockets_;
  StopSignals signals_;
  std::vector<char> buffer_;
  size_t first_ = 0;  ///< which socket's turn it is
  uint64_t dropped_ = 0;
  bool stopped_ = false;
};

}  // namespace kilometric::tool

// UDP datagrams within IP packets, as a packet socket or a file of captured packets has them. Every byte is a
// stranger's: a length is held against what is there.
#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>
#include <string_view>

namespace kilometric::tool {

struct UdpDatagram {
  sockaddr_storage from{}, to{};
  std::string_view payload;  ///< a part of the packet
  bool cut = false;          ///< more was sent: the packet is a first fragment, or was captured in part

  std::string sender() const;
  uint16_t port() const;  ///< it was sent to
};

/// nullopt: the packet holds no UDP, or not its beginning. Of IPv6 what stands behind extension headers is not
/// looked for.
std::optional<UdpDatagram> udp_of(std::string_view ip_packet);

}  // namespace kilometric::tool

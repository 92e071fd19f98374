#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "tool/packets/pcap_reader.h"

namespace kilometric::tool {
namespace {

/// Requires two bytes at `at`.
uint16_t word(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                               static_cast<unsigned char>(bytes[at + 1]));
}

/// What follows a head of `head_bytes` bytes, if `protocol`, within it, says that it is IP.
std::string_view behind(std::string_view record, size_t head_bytes, size_t protocol) {
  const uint16_t what = word(record, protocol);
  return what == ETH_P_IP || what == ETH_P_IPV6 ? record.substr(head_bytes) : std::string_view();
}

std::string_view of_ethernet(std::string_view record) {
  constexpr size_t kAddresses = 12, kTag = 4, kMostTags = 2;
  size_t at = kAddresses;
  for (size_t tags = 0; tags < kMostTags && record.size() >= at + 2; ++tags, at += kTag)
    if (const uint16_t what = word(record, at); what != ETH_P_8021Q && what != ETH_P_8021AD) break;
  return record.size() < at + 2 ? std::string_view() : behind(record, at + 2, at);
}

/// Linux' "cooked" heads say which way a packet went, and on what.
struct Cooked {
  size_t bytes, protocol, hardware, direction;
  bool wide;  ///< the direction is two bytes, and not one
};

std::string_view of_cooked(const Cooked& head, std::string_view record) {
  if (record.size() < head.bytes) return {};
  const unsigned direction =
      head.wide ? word(record, head.direction) : static_cast<unsigned char>(record[head.direction]);
  if (direction == PACKET_OUTGOING && word(record, head.hardware) == ARPHRD_LOOPBACK) return {};
  return behind(record, head.bytes, head.protocol);
}

}  // namespace

std::string_view ip_packet_of(Link link, std::string_view record) {
  switch (link) {
    case Link::ethernet:
      return of_ethernet(record);
    case Link::linux_sll:
      return of_cooked({16, 14, 2, 0, true}, record);
    case Link::linux_sll2:
      return of_cooked({20, 0, 8, 10, false}, record);
    default:
      return record;
  }
}

}  // namespace kilometric::tool

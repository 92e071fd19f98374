// The file format that tcpdump and Wireshark share: a head, and records of a head and a packet each, in the
// byte order of who wrote it. https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-03.html
#pragma once

#include <cstdint>

namespace kilometric::tool {

struct PcapHead {
  uint32_t magic;
  uint16_t major, minor;
  uint32_t zone, accuracy;  ///< nobody has ever used these
  uint32_t most_bytes;      ///< of a record
  uint32_t link;            ///< in its lower half; above it stands how long a checksum is
};

struct PcapRecordHead {
  uint32_t seconds, fraction;
  uint32_t bytes, sent_bytes;
};

inline constexpr uint32_t kPcapMicroseconds = 0xA1B2C3D4, kPcapNanoseconds = 0xA1B23C4D;
inline constexpr uint32_t kMostPcapRecordBytes = 262'144;  ///< as much as tcpdump keeps of a packet

/// What a record begins with.
enum class Link : uint16_t {
  ethernet = 1,
  raw_old = 12,  ///< an IP packet, as some systems number it
  raw = 101,     ///< an IP packet
  linux_sll = 113,
  ipv4 = 228,
  ipv6 = 229,
  linux_sll2 = 276,
};

}  // namespace kilometric::tool

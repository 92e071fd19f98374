// Reads captured packets from a pcap file, record by record, in bounded memory: of either byte order, with
// micro- or nanoseconds. Each length is held against its limit before anything is read by it.
//
// What is no such file, or is cut off or damaged somewhere, is a Failure with status 1 that says where; what
// stands before it has been given by then.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/packets/pcap.h"
#include "tool/packets/port_tap.h"

namespace kilometric::tool {

class PcapReader {
 public:
  /// `file`: where its head is to be read next; it stays the caller's. `name`: of the file, printable, for
  /// words.
  PcapReader(FILE* file, std::string name);

  /// The next packet from its IP header on; of others, and of the second sight of one on loopback, the bytes
  /// are empty. nullopt at the end.
  std::optional<Packet> next();

 private:
  [[noreturn]] void fail(const std::string& why) const;
  [[noreturn]] void refuse_magic(uint32_t magic) const;
  bool read(void* into, size_t bytes);
  uint32_t order(uint32_t number) const;

  FILE* file_;
  std::string name_;
  bool swapped_ = false, nanoseconds_ = false;
  Link link_{};
  uint64_t number_ = 0;  ///< of the record
  std::vector<char> record_;
};

/// The IP packet within a record; empty when it holds something else, or is what this host sent on loopback,
/// which comes once more as received.
std::string_view ip_packet_of(Link link, std::string_view record);

}  // namespace kilometric::tool

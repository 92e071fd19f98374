// Writes packets to a new pcap file, which tcpdump, Wireshark and PcapReader read. Its records are IP packets.
//
// A file that is there already is never written over. A Failure says what keeps it from being written; what was
// written until then is whole but for the last record.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "tool/packets/port_tap.h"

namespace kilometric::tool {

class PcapWriter {
 public:
  /// `-`: stdout. The file is the caller's alone to read: what programs send is nobody else's business.
  explicit PcapWriter(const std::string& path);

  void write(const Packet& packet);
  void flush();

  uint64_t bytes() const { return bytes_; }  ///< written until now

 private:
  struct Close {
    void operator()(FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };
  void write(const void* data, size_t bytes);
  [[noreturn]] void fail(int error) const;

  std::string path_;
  std::unique_ptr<FILE, Close> file_;
  uint64_t bytes_ = 0;
};

}  // namespace kilometric::tool

// Sends StatsD lines to an ingestd, by UDP.
#pragma once

#include <string>
#include <string_view>

#include "tool/http/dial.h"

namespace kilometric::tool {

class Datagrams {
 public:
  /// `to`: HOST:PORT, [::1]:8125, or empty for this host and the port of this shell's settings. Throws Failure.
  explicit Datagrams(const std::string& to);

  void send(std::string_view datagram) const;
  /// Throws Failure with status 69 when the host says that nobody is at the port. Of other hosts nobody may
  /// tell.
  void check() const;

  const std::string& to() const { return to_; }

 private:
  [[noreturn]] void fail(int error) const;

  std::string to_;
  Socket socket_;
};

}  // namespace kilometric::tool

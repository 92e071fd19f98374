// A connection to a server, made and waited for: blocking, with a limit of time for each step.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tool/http/url.h"

namespace kilometric::tool {

/// A descriptor that is closed at the end.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Tries each address of the host. Throws Failure with status 69 that says why none took it.
Socket dial(const Url& url, std::chrono::milliseconds patience);

/// False when nothing can be read (or written) in that time; a signal ends the wait, too.
bool await_readable(int descriptor, std::chrono::milliseconds patience);
bool await_writable(int descriptor, std::chrono::milliseconds patience);

}  // namespace kilometric::tool

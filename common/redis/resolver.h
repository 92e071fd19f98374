// A host's addresses, looked up without blocking the loop (getaddrinfo on libuv's threads).
//
// May be destroyed at any moment, also inside its own callback. A lookup cannot be stopped once a
// thread has begun it: it then ends unheard, and the loop is not done before that.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/uv.h"

namespace kilometric {

class Resolver {
 public:
  /// Numeric addresses, best first; when there are none, `error` says why.
  using OnResolved = std::function<void(std::vector<std::string> addresses, std::string error)>;

  Resolver(Loop& loop, std::string host, OnResolved on_resolved);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Calls back once; a numeric host at once. While a lookup still runs no other is begun, so that a
  /// dead name server does not fill the threads.
  void start();

 private:
  struct Request;
  void finish(int status, const addrinfo* found) noexcept;

  Loop& loop_;
  std::string host_;
  OnResolved on_resolved_;
  Request* request_ = nullptr;  ///< deletes itself when done
};

}  // namespace kilometric

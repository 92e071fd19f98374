// What a connection is still to send: answers, one behind the other, and how much of them the client has taken.
//
// Owned by a connection, which appends to text() and then sends; the memory comes from the server's spare
// buffer and goes back when all is sent.
#pragma once

#include <cstdint>
#include <string>

#include "common/http/memory.h"

namespace kilometric {

class HttpOutbox {
 public:
  /// Requires `memory` to live as long as anything but bytes() and free() is called.
  explicit HttpOutbox(HttpMemory& memory) : memory_(memory) {}

  /// For appending to.
  std::string& text() {
    if (out_.empty()) memory_.borrow_buffer(out_);
    return out_;
  }

  enum class Sent : uint8_t {
    all,
    much,    ///< the rest has to wait; the client deserves more time for it
    little,  ///< the rest has to wait; the client does not
    failed,  ///< the connection is lost
  };
  /// Writes once to `fd`, as much as it takes.
  Sent send(int fd);

  /// True from a send() that could not send all until one that did.
  bool blocked() const { return blocked_; }

  bool empty() const { return out_.empty(); }
  size_t size() const { return out_.size(); }       ///< with what the client has taken of it
  size_t bytes() const { return out_.capacity(); }  ///< memory held
  void free() { std::string().swap(out_); }

 private:
  HttpMemory& memory_;
  std::string out_;  ///< not yet sent from sent_ on
  size_t sent_ = 0;
  size_t progress_ = 0;  ///< bytes the client has taken since it was last given time
  bool blocked_ = false;
};

}  // namespace kilometric

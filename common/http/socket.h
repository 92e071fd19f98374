// A connection's socket: what comes in, what goes out, and how it ends.
//
// Owned by a connection, which decides what to wait for and when to close. An error of the socket is lost() or
// Sent::failed for the connection, which then closes; closed, it is an empty shell.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/http/memory.h"
#include "common/http/outbox.h"
#include "common/uv.h"

namespace kilometric {

class HttpSocket {
 public:
  /// Owns `fd`: connected and non-blocking. Requires `memory` to live until close().
  HttpSocket(HttpMemory& memory, int fd) : memory_(memory), out_(memory), fd_(fd) {}
  ~HttpSocket() { close(); }
  HttpSocket(const HttpSocket&) = delete;
  HttpSocket& operator=(const HttpSocket&) = delete;

  /// Throws when there is no memory for a watcher.
  void start(Loop& loop, std::function<void(int status, int events)> on_event) {
    poll_.emplace(loop, fd_, std::move(on_event));
  }
  bool open() const { return fd_ >= 0; }
  std::string peer() const;  ///< "10.0.0.7:5123"; "unknown" once it is closed

  void watch(int events) { poll_->watch(events); }
  int watched() const { return poll_->events(); }

  struct Input {
    enum class What : uint8_t {
      bytes,
      nothing,  ///< yet
      end,      ///< the client has closed its half
      lost,     ///< an error
    };
    What what;
    std::string_view bytes;  ///< good until the next read of any connection
  };
  Input receive() {
    char* const buffer = memory_.read_buffer();
    const ssize_t got = ::recv(fd_, buffer, kHttpReadBytes, 0);
    if (got > 0) return {Input::What::bytes, {buffer, static_cast<size_t>(got)}};
    if (got == 0) return {Input::What::end, {}};
    return {errno == EAGAIN || errno == EINTR ? Input::What::nothing : Input::What::lost, {}};
  }

  HttpOutbox& out() { return out_; }
  const HttpOutbox& out() const { return out_; }
  HttpOutbox::Sent send() { return out_.send(fd_); }

  /// Sends our FIN. What still comes is to be discarded for a short time, since closing on unread bytes would
  /// send a reset, which may destroy the last answer.
  void linger();
  bool lingering() const { return lingering_; }
  bool discard();  ///< false: enough was discarded, or the client has closed, too

  void reset_at_close();  ///< so that the client sees that something is missing
  void close();

 private:
  HttpMemory& memory_;
  HttpOutbox out_;
  int fd_;
  std::optional<Poll> poll_;
  size_t discarded_ = 0;
  bool lingering_ = false;
};

}  // namespace kilometric

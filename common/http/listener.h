// Takes connections out of a listening socket's queue, and pauses while there are no descriptors left.
//
// Owned by the server, which has one for each address. It listens on a duplicate of the caller's descriptor.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "common/uv.h"

namespace kilometric {

class HttpListener {
 public:
  struct Events {
    std::function<void(HttpListener&)> on_waiting;  ///< somebody waits: call accept_waiting()
    std::function<void(int fd)> on_accepted;        ///< owns `fd`: connected, non-blocking; may call close()
  };
  /// Throws when `listen_fd` cannot be duplicated.
  HttpListener(Loop& loop, int listen_fd, Events events);
  ~HttpListener() { close(); }
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  void start();
  /// Requires the listener to outlive the call, whatever on_accepted() does.
  void accept_waiting(size_t at_most);
  void close();

 private:
  bool accept_one();
  void pause();

  Loop& loop_;
  const Events events_;
  int fd_;
  std::optional<Poll> poll_;
  Timer accept_again_;
};

}  // namespace kilometric

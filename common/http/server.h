// HTTP/1.x server: listens, reads requests, hands them to a handler, sends its answers.
//
// Bytes come from strangers. llhttp splits them; everything that could grow has a limit, and each
// limit has a status: head 431, body 413, too slow 408, too many connections or too much buffered
// body 503, anything malformed 400. An answer to a protocol error closes the connection. One read
// and one write per wake-up: answers to pipelined requests leave in one write.
//
// A handler answers each request exactly once, at once or later, through its HttpResponse. Requests of
// one connection are handled strictly in order: the next is not looked at before the last is
// answered, and what has piled up unread stays in the kernel (reading pauses).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/limits.h"
#include "common/http/request.h"
#include "common/http/response.h"
#include "common/uv.h"

namespace kilometric {

class HttpAnswer;
class HttpConnection;

class HttpServer {
 public:
  using Handler = std::function<void(const HttpRequest& request, HttpResponse response)>;
  /// Called once for every answer that is sent, protocol errors included (then `path` is empty).
  using Observer = std::function<void(std::string_view path, int status)>;

  /// Listens on `listen_fd` (bound by the caller, who keeps it; a duplicate is used here).
  HttpServer(Loop& loop, int listen_fd, HttpLimits limits, Handler handler, Observer observer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens there as well, as if from the start.
  void also_listen(int listen_fd);

  /// Header lines, each with its CRLF, for every answer from now on, beside `Date`.
  void set_headers(std::string lines);

  /// Stops accepting, after taking what the listening queue holds if `drain_queue`; closes idle
  /// connections; requests already begun are answered with `Connection: close`. `on_stopped` is
  /// called once no connection is left, at the latest after `deadline`, when the rest is cut.
  void stop(bool drain_queue, std::chrono::milliseconds deadline, std::function<void()> on_stopped);

  size_t connections() const;

 private:
  friend class HttpAnswer;
  friend class HttpConnection;
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace kilometric

// HTTP/1.x server: what a request is, and how it is answered.
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

#include <llhttp.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/uv.h"

namespace kilometric {

/// A complete request. The views live until the handler returns; copy what is needed later.
struct HttpRequest {
  llhttp_method_t method;
  std::string_view path;   ///< as sent, without the query: "/track"
  std::string_view query;  ///< as sent, without the '?'; see common/http/query_string.h
  std::string_view body;   ///< whole; chunks already joined

  /// The header's value, outer blanks removed; empty when absent. `lowercase_name` as "content-type".
  std::string_view header(std::string_view lowercase_name) const;

  const class HttpHeaders* headers;
};

class HttpConnection;

/// The right, and the duty, to answer one request: in one piece with send(), or in many with begin(),
/// write() and end(). Dropped without an answer it sends a 500; dropped between begin() and end() it
/// cuts the connection, so that the client can tell that something is missing.
class HttpResponse {
 public:
  explicit HttpResponse(std::shared_ptr<HttpConnection> connection);
  HttpResponse(HttpResponse&&) noexcept = default;
  HttpResponse& operator=(HttpResponse&&) = delete;
  ~HttpResponse();

  /// `extra_headers`: whole lines, each with its CRLF. A 204 or 304 has no body and no content type;
  /// for HEAD the body is measured, not sent. Does nothing when the client has gone.
  void send(int status, std::string_view content_type, std::string_view body,
            std::string_view extra_headers = {});

  /// Begins an answer of unknown length: chunked, or to an HTTP/1.0 client ended by the connection's end.
  void begin(int status, std::string_view content_type, std::string_view extra_headers = {});

  /// The next piece. It is kept until the client takes it, so go on when when_ready() says so. When the
  /// server holds too much already, the connection is cut.
  void write(std::string_view piece);

  /// Calls `ready` once, later, from the loop, when the client has taken all that was written; never,
  /// when it has gone. The answer may not be moved meanwhile.
  void when_ready(std::function<void()> ready);

  void end();  ///< it is whole

  /// True while the server stops: answers without an end should come to one.
  bool stopping() const;

  /// False once the client has gone: the work for it can stop. (A client that has only closed its
  /// sending half, as `nc -N` does, has not gone; one that was killed looks the same until we send.)
  bool wanted() const;

 private:
  std::shared_ptr<HttpConnection> connection_;
  bool begun_ = false;
};

/// Answers with `{"error":"<message>"}`; the message says what to fix.
void send_error(HttpResponse& response, int status, std::string_view message,
                std::string_view extra_headers = {});

struct HttpLimits {
  size_t head_bytes = 16 * 1024;                   ///< request line and headers: 431
  size_t body_bytes = 1024 * 1024;                 ///< one body, announced or chunked: 413
  size_t buffered_bytes = 64 * 1024 * 1024;        ///< bodies and answers in memory, all connections: 503
  size_t connections = 10'000;                     ///< a further one gets 503 and is closed
  std::chrono::milliseconds request_time{10'000};  ///< first byte to last byte of a request: 408
  std::chrono::milliseconds idle_time{75'000};     ///< between requests: closed without a word
  std::chrono::milliseconds write_time{30'000};    ///< an answer the client does not take: closed
};

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

  /// Header lines, each with its CRLF, for every answer from now on.
  void set_headers(std::string lines);

  /// Stops accepting, after taking what the listening queue holds if `drain_queue`; closes idle
  /// connections; requests already begun are answered with `Connection: close`. `on_stopped` is
  /// called once no connection is left, at the latest after `deadline`, when the rest is cut.
  void stop(bool drain_queue, std::chrono::milliseconds deadline, std::function<void()> on_stopped);

  size_t connections() const;

 private:
  friend class HttpConnection;
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace kilometric

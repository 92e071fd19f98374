// The right, and the duty, to answer one request: in one piece with send(), or in many with begin(), write()
// and end().
//
// A handler gets it with the request and may keep it until the answer is ready, also past the connection's and
// the server's end: what is sent then goes nowhere. Dropped without an answer it sends a 500; dropped between
// begin() and end() it cuts the connection, so that the client can tell that something is missing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace kilometric {

class HttpConnection;

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

  /// Whom the answer goes to, such as "10.0.0.7:5123", which may be a proxy; "unknown" when the client has
  /// gone.
  std::string peer() const;

 private:
  std::shared_ptr<HttpConnection> connection_;
  bool begun_ = false;
};

/// Answers with `{"error":"<message>"}`; the message says what to fix.
void send_error(HttpResponse& response, int status, std::string_view message,
                std::string_view extra_headers = {});

}  // namespace kilometric

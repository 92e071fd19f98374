// One client's connection: reads requests, hands them to the handler one at a time, sends answers
// (common/http/answer.h) by its socket (common/http/socket.h).
//
// The server's list owns it, and so does an HttpResponse not yet given; closed, it is an empty shell
// that ignores answers. Everything happens on the loop's thread, in one of these moods:
//   reading    waits for a request, or for the rest of one
//   pending    the handler owes an answer, or the rest of one it has begun: nothing is read, only a
//              reset by the client is noticed
//   blocked    the client does not take the answers: nothing is read until it does
//   lingering  the last answer and our FIN are out; what still comes is discarded for a short time,
//              since closing on unread bytes would send a reset, which may destroy the answer
//
// A reset ends a connection; a FIN alone does not, since `nc -N` and others send one right after the
// request and still want the answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/http/answer.h"
#include "common/http/deadline.h"
#include "common/http/inbox.h"
#include "common/http/parser.h"
#include "common/http/server.h"
#include "common/http/socket.h"

namespace kilometric {

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  /// Owns `fd`: connected and non-blocking.
  HttpConnection(HttpServer::State& server, int fd);

  void start();
  void refuse(int status, std::string_view message);  ///< answers before any request, then closes

  void respond(int status, std::string_view content_type, std::string_view body,
               std::string_view extra_headers) {
    if (!open() || !answer_.owed()) return;
    answer_.send(*parser_, status, content_type, body, extra_headers);
    if (!in_handler_) on_late_answer();
  }
  bool open() const { return socket_.open(); }
  std::string peer() const { return socket_.peer(); }

  // An answer in pieces; see HttpResponse.
  void begin(int status, std::string_view content_type, std::string_view extra_headers);
  void write(std::string_view piece);
  void when_ready(std::function<void()> ready);
  void end();
  void cut();
  bool stopping() const;

  void resume();  ///< handles requests that came while an answer was pending
  void check_deadline();
  void finish();  ///< the server stops: closes when idle, else after the next answer
  void close();

  size_t place = 0;  ///< in the server's list

 private:
  void on_event(int status, int events) noexcept;
  void read();
  void on_end_of_input();
  size_t handle(std::string_view bytes);
  void dispatch();
  void fail(int status, std::string_view message);
  void on_late_answer();
  void settle();
  void flush();
  void linger();
  void account();
  void set_deadline();

  bool blocked() const { return socket_.out().blocked(); }
  bool can_handle() const { return open() && !answer_.owed() && !blocked() && !answer_.last(); }
  bool idle() const { return can_handle() && !parser_ && unread_.empty() && !shedding_; }

  HttpServer::State* server_;  ///< nullptr once closed
  HttpSocket socket_;
  std::unique_ptr<HttpParser> parser_;  ///< only while a request is read or answered
  HttpAnswer answer_;
  HttpDeadline deadline_;
  HttpInbox unread_;
  size_t held_ = 0;  ///< memory of this connection in the server's account
  bool in_handler_ = false;
  bool shedding_ = false;        ///< the next request is answered 503
  std::function<void()> ready_;  ///< the writer of pieces waits for this
};

}  // namespace kilometric

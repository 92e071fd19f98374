// One client's connection: reads requests, hands them to the handler one at a time, sends answers.
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
#include <optional>
#include <string>
#include <string_view>

#include "common/http/deadline.h"
#include "common/http/outbox.h"
#include "common/http/parser.h"
#include "common/http/server.h"
#include "common/http/text.h"
#include "common/uv.h"

namespace kilometric {

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  /// Owns `fd`: connected and non-blocking.
  HttpConnection(HttpServer::State& server, int fd);
  ~HttpConnection();

  void start();
  void refuse(int status, std::string_view message);  ///< answers before any request, then closes

  void respond(int status, std::string_view content_type, std::string_view body,
               std::string_view extra_headers);
  bool open() const { return fd_ >= 0; }

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
  void discard();
  void on_end_of_input();
  size_t handle(std::string_view bytes);
  void dispatch();
  void fail(int status, std::string_view message);
  void end_answer(int status);
  void append(int status, std::string_view content_type, std::string_view body, std::string_view extra_headers);
  void settle();
  void flush();
  void linger();
  void account();
  void set_deadline();

  bool can_handle() const { return open() && !pending_ && !out_.blocked() && !closing_; }
  bool idle() const { return can_handle() && !parser_ && unread_.empty() && !shedding_; }

  HttpServer::State* server_;  ///< nullptr once closed
  int fd_;
  std::optional<Poll> poll_;
  std::unique_ptr<HttpParser> parser_;  ///< only while a request is read or answered
  HttpOutbox out_;
  HttpDeadline deadline_;
  std::string unread_;  ///< received but not yet handled, from handled_ on
  size_t handled_ = 0;
  size_t held_ = 0;  ///< memory of this connection in the server's account
  size_t discarded_ = 0;
  bool pending_ = false;
  bool in_handler_ = false;
  HttpBody body_ = HttpBody::whole;  ///< of the answer that is pending
  int begun_status_ = 0;             ///< of an answer in pieces; 0: none has been begun
  std::function<void()> ready_;      ///< the writer of pieces waits for this
  bool closing_ = false;             ///< after what is in out_
  bool shedding_ = false;            ///< the next request is answered 503
  bool lingering_ = false;
};

}  // namespace kilometric

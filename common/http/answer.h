// What a connection owes its client: the answer to the request at hand, whole or in pieces, or to what is no
// request; and whether it is the last one.
//
// Owned by a connection, which checks that an answer is owed, sends what is written into the outbox here, and
// closes behind the last answer. When the server holds too much already, a large answer becomes a 503, and a
// piece is not taken. The observer is told of each answer.
#pragma once

#include <string_view>

#include "common/http/outbox.h"
#include "common/http/parser.h"
#include "common/http/server.h"
#include "common/http/text.h"

namespace kilometric {

class HttpAnswer {
 public:
  /// Requires both to live as long as anything is written.
  HttpAnswer(HttpServer::State& server, HttpOutbox& out) : server_(server), out_(out) {}

  void owe() { owed_ = true; }  ///< a handler has got the request
  bool owed() const { return owed_; }
  bool begun() const { return begun_status_ != 0; }
  void make_last() { last_ = true; }
  bool last() const { return last_; }  ///< no request after it is read

  /// The owed answer, whole.
  void send(const HttpParser& request, int status, std::string_view content_type, std::string_view body,
            std::string_view extra_headers);

  // The owed answer, in pieces. All but begin() require begun(); write() is not for HEAD.
  void begin(const HttpParser& request, int status, std::string_view content_type,
             std::string_view extra_headers);
  bool write(std::string_view piece);  ///< false: there is no room for it
  void end(const HttpParser& request);
  void give_up(const HttpParser& request);
  bool ends_with_connection() const { return body_ == HttpBody::until_end; }

  /// The last answer, to what is no request; `request` is what has been read of one, if anything.
  void refuse(const HttpParser* request, int status, std::string_view message);

 private:
  HttpFraming framing(const HttpParser* request) const;

  HttpServer::State& server_;
  HttpOutbox& out_;
  HttpBody body_ = HttpBody::whole;
  int begun_status_ = 0;  ///< of an answer in pieces; 0: none has been begun
  bool owed_ = false;
  bool last_ = false;
};

}  // namespace kilometric

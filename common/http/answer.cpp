#include "common/http/answer.h"

#include <utility>

#include "common/http/server_state.h"

namespace kilometric {
namespace {

// An answer that is sent however little memory is left.
constexpr size_t kSmallAnswerBytes = 256;

}  // namespace

inline HttpFraming HttpAnswer::framing(const HttpParser* request) const {
  HttpFraming framing;
  if (last_)
    framing.connection = "close";
  else if (request->http_1_0())
    framing.connection = "keep-alive";
  framing.body = begun_status_ == 0 && request && request->is_head() ? HttpBody::none : body_;
  framing.headers = server_.common_lines();
  return framing;
}

void HttpAnswer::send(const HttpParser& request, int status, std::string_view content_type,
                      std::string_view body, std::string_view extra_headers) {
  owed_ = false;
  if (!request.keep_alive() || server_.stopping()) last_ = true;
  // A small answer stays: it is no larger than the refusal, and tells what has been done already.
  if (body.size() > kSmallAnswerBytes && server_.memory().overloaded(body.size())) {
    status = 503;
    append_http_answer(out_.text(), status, kHttpErrorType,
                       http_error_body("the server holds too many unsent answers; try again later"), {},
                       framing(&request));
  } else {
    append_http_answer(out_.text(), status, content_type, body, extra_headers, framing(&request));
  }
  server_.observe(request.path(), status);
}

void HttpAnswer::begin(const HttpParser& request, int status, std::string_view content_type,
                       std::string_view extra_headers) {
  if (!request.keep_alive() || request.http_1_0() || server_.stopping()) last_ = true;
  body_ = request.http_1_0() ? HttpBody::until_end : HttpBody::chunked;
  begun_status_ = status;
  append_http_answer(out_.text(), status, content_type, {}, extra_headers, framing(&request));
}

bool HttpAnswer::write(std::string_view piece) {
  if (server_.memory().overloaded(piece.size())) return false;
  if (body_ == HttpBody::chunked)
    append_http_chunk(out_.text(), piece);
  else
    out_.text() += piece;
  return true;
}

void HttpAnswer::end(const HttpParser& request) {
  if (body_ == HttpBody::chunked && !request.is_head()) out_.text() += kHttpLastChunk;
  owed_ = false;
  body_ = HttpBody::whole;
  server_.observe(request.path(), std::exchange(begun_status_, 0));
}

void HttpAnswer::give_up(const HttpParser& request) { server_.observe(request.path(), begun_status_); }

void HttpAnswer::refuse(const HttpParser* request, int status, std::string_view message) {
  last_ = true;
  append_http_answer(out_.text(), status, kHttpErrorType, http_error_body(message), {}, framing(request));
  server_.observe({}, status);
}

}  // namespace kilometric

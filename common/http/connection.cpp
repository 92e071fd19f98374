#include "common/http/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/http/server_state.h"
#include "common/http/text.h"

namespace kilometric {
namespace {

// Answers of one batch are sent before its end when they are more than this, so that a client that
// asks for much in few bytes does not fill the memory. The 204s of one full read stay below it.
constexpr size_t kFlushBytes = 128 * 1024;

// An answer that is sent however little memory is left.
constexpr size_t kSmallAnswerBytes = 256;

// Lingering: enough for a client that sends a refused body of some size to its end before it reads.
constexpr size_t kLingerBytes = 16 * 1024 * 1024;

// Nothing but errors and resets, which are always reported: a client that is to wait may have sent
// more, or closed its half, and must not wake us again and again for it.
constexpr int kErrorsOnly = UV_PRIORITIZED;

void free_string(std::string& text) { std::string().swap(text); }

}  // namespace

HttpConnection::HttpConnection(HttpServer::State& server, int fd)
    : server_(&server), fd_(fd), out_(server.memory()), deadline_(server.loop(), server.limits()) {}

HttpConnection::~HttpConnection() {
  if (open()) ::close(fd_);
}

void HttpConnection::start() {
  poll_.emplace(server_->loop(), fd_, [this](int status, int events) { on_event(status, events); });
  poll_->watch(UV_READABLE);
  set_deadline();
}

void HttpConnection::refuse(int status, std::string_view message) {
  fail(status, message);
  settle();
}

/// The server's list may be the last owner: whoever calls this holds the connection.
void HttpConnection::close() {
  if (!open()) return;
  poll_.reset();
  ::close(std::exchange(fd_, -1));
  server_->memory().account(std::exchange(held_, 0), 0);
  out_.free();
  free_string(unread_);
  if (!in_handler_) parser_.reset();
  const auto waited = std::exchange(ready_, nullptr);  // what it holds on to may hold this
  std::exchange(server_, nullptr)->remove(*this);
}

void HttpConnection::on_event(int status, int events) noexcept {
  const auto self = shared_from_this();
  const auto server = server_->shared_from_this();  // a handler may destroy the HttpServer
  if (status < 0) return close();
  if (lingering_) return discard();
  if (out_.blocked()) return settle();
  if ((events & UV_READABLE) && can_handle() && unread_.empty() && !shedding_) {
    read();
  } else if (events & UV_READABLE) {
    poll_->watch(kErrorsOnly);
  } else {
    poll_->watch(0);  // urgent data, which nobody reads: it would be reported for ever
  }
}

void HttpConnection::read() {
  char* const buffer = server_->memory().read_buffer();
  const ssize_t got = ::recv(fd_, buffer, kHttpReadBytes, 0);
  if (got == 0) return on_end_of_input();
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) close();
    return;
  }
  const std::string_view bytes(buffer, static_cast<size_t>(got));
  const size_t left = handle(bytes);
  if (!open()) return;
  if (left > 0 && !closing_) unread_.assign(bytes.substr(bytes.size() - left));
  settle();
}

/// A client that has closed its half and is owed nothing: it goes, or hears why nothing comes.
void HttpConnection::on_end_of_input() {
  if (!parser_) return close();
  fail(400, "the connection ended before the request was complete; send all of it");
  settle();
}

void HttpConnection::discard() {
  const ssize_t got = ::recv(fd_, server_->memory().read_buffer(), kHttpReadBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0) discarded_ += static_cast<size_t>(got);
  if (got <= 0 || discarded_ > kLingerBytes) close();
}

/// Handles as many requests as it can; returns how many bytes at the end of `bytes` it left.
size_t HttpConnection::handle(std::string_view bytes) {
  while (!bytes.empty() && can_handle()) {
    if (!parser_) parser_ = server_->memory().borrow_parser();
    switch (parser_->feed(bytes)) {
      case HttpParser::Phase::complete:
        // Before anything is done for it: what was counted must not be answered "try again".
        if (server_->memory().overloaded())
          fail(503, "the server is overloaded; try again later");
        else
          dispatch();
        break;
      case HttpParser::Phase::failed:
        fail(parser_->refusal().status, parser_->refusal().message);
        break;
      case HttpParser::Phase::body:
        if (parser_->take_expectation()) out_.text() += "HTTP/1.1 100 Continue\r\n\r\n";
        break;
      default:
        break;
    }
    if (open() && out_.size() > kFlushBytes) flush();
  }
  return bytes.size();
}

void HttpConnection::dispatch() {
  pending_ = true;
  deadline_.request_is_whole();
  in_handler_ = true;
  server_->handle(parser_->request(), HttpResponse(shared_from_this()));
  in_handler_ = false;
  if (!open())
    parser_.reset();
  else if (pending_)
    parser_->drop_body();
  else
    parser_->reset();
}

void HttpConnection::respond(int status, std::string_view content_type, std::string_view body,
                             std::string_view extra_headers) {
  if (!open() || !pending_) return;
  pending_ = false;
  if (!parser_->keep_alive() || server_->stopping()) closing_ = true;
  // A small answer stays: it is no larger than the refusal, and tells what has been done already.
  if (body.size() > kSmallAnswerBytes && server_->memory().overloaded(body.size())) {
    status = 503;
    append(status, kHttpErrorType, http_error_body("the server holds too many unsent answers; try again later"),
           {});
  } else {
    append(status, content_type, body, extra_headers);
  }
  end_answer(status);
}

/// The answer to the request at hand is complete.
void HttpConnection::end_answer(int status) {
  server_->observe(parser_->path(), status);
  if (in_handler_) return;  // dispatch() goes on from there
  parser_->reset();
  settle();
}

void HttpConnection::begin(int status, std::string_view content_type, std::string_view extra_headers) {
  if (!open() || !pending_) return;
  if (!parser_->keep_alive() || parser_->http_1_0() || server_->stopping()) closing_ = true;
  body_ = parser_->http_1_0() ? HttpBody::until_end : HttpBody::chunked;
  begun_status_ = status;
  append(status, content_type, {}, extra_headers);
  if (!in_handler_) settle();
}

void HttpConnection::write(std::string_view piece) {
  if (!open() || begun_status_ == 0 || parser_->is_head()) return;
  if (server_->memory().overloaded(piece.size())) return cut();
  if (body_ == HttpBody::chunked)
    append_http_chunk(out_.text(), piece);
  else
    out_.text() += piece;
  if (!in_handler_) settle();
}

void HttpConnection::when_ready(std::function<void()> ready) {
  if (!open()) return;
  ready_ = std::move(ready);
  if (!out_.blocked()) server_->resume_later(shared_from_this());
}

void HttpConnection::end() {
  if (!open() || begun_status_ == 0) return;
  if (body_ == HttpBody::chunked && !parser_->is_head()) out_.text() += kHttpLastChunk;
  pending_ = false;
  body_ = HttpBody::whole;
  end_answer(std::exchange(begun_status_, 0));
}

/// A chunked body without its last chunk is seen to be cut; an HTTP/1.0 client is told by a reset.
void HttpConnection::cut() {
  if (!open() || begun_status_ == 0) return;
  server_->observe(parser_->path(), begun_status_);
  const struct linger hard { 1, 0 };
  if (body_ == HttpBody::until_end) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

bool HttpConnection::stopping() const { return open() && server_->stopping(); }

void HttpConnection::append(int status, std::string_view content_type, std::string_view body,
                            std::string_view extra_headers) {
  HttpFraming framing;
  if (closing_)
    framing.connection = "close";
  else if (parser_->http_1_0())
    framing.connection = "keep-alive";
  framing.body = begun_status_ == 0 && parser_ && parser_->is_head() ? HttpBody::none : body_;
  framing.headers = server_->headers();
  append_http_answer(out_.text(), status, content_type, body, extra_headers, framing);
}

/// Answers what is not a request, and ends the conversation.
void HttpConnection::fail(int status, std::string_view message) {
  closing_ = true;
  append(status, kHttpErrorType, http_error_body(message), {});
  server_->observe({}, status);
  if (parser_) parser_->reset();
}

/// Called at the end of whatever happened: sends, then decides what to wait for.
void HttpConnection::settle() {
  flush();
  if (!open()) return;
  if (parser_ && !pending_ && !parser_->started()) server_->memory().give_back(std::move(parser_));
  account();
  if (server_->stopping() && idle()) closing_ = true;
  if (closing_ && !pending_ && !out_.blocked() && !lingering_) linger();
  if (!open()) return;
  if (out_.blocked())
    poll_->watch(UV_WRITABLE);
  else if (lingering_ || idle() || (can_handle() && parser_))
    poll_->watch(UV_READABLE);
  else if (poll_->events() == UV_WRITABLE)
    poll_->watch(kErrorsOnly);
  set_deadline();
  if ((can_handle() && (!unread_.empty() || shedding_)) || (ready_ && !out_.blocked()))
    server_->resume_later(shared_from_this());
}

void HttpConnection::flush() {
  if (!open()) return;
  const HttpOutbox::Sent sent = out_.send(fd_);
  if (sent == HttpOutbox::Sent::failed) return close();
  if (sent == HttpOutbox::Sent::much) deadline_.wait_for_writing();
}

/// Handles what came while an answer was pending or blocked.
void HttpConnection::resume() {
  if (open() && !out_.blocked() && ready_) return std::exchange(ready_, nullptr)();
  if (!can_handle()) return;
  if (std::exchange(shedding_, false)) {
    fail(503, "the server is overloaded; send fewer requests at once, or later");
  } else if (!unread_.empty()) {
    handled_ = unread_.size() - handle(std::string_view(unread_).substr(handled_));
    if (!open()) return;
    if (handled_ == unread_.size() || closing_) {
      free_string(unread_);
      handled_ = 0;
    }
  }
  settle();
}

/// Tells the server what this connection holds; when that is too much for it, lets go.
void HttpConnection::account() {
  const size_t before = held_;
  const auto update = [this] {
    const size_t held = (parser_ ? parser_->bytes() : 0) + out_.bytes() + unread_.capacity();
    server_->memory().account(std::exchange(held_, held), held);
  };
  update();
  if (held_ <= before || !server_->memory().overloaded()) return;
  if (parser_ && !pending_) {
    fail(503, "the server is overloaded; try again later");
    flush();
    if (!open()) return;
  }
  if (!pending_ && parser_) server_->memory().give_back(std::move(parser_));
  if (!unread_.empty()) {
    free_string(unread_);
    handled_ = 0;
    shedding_ = !closing_;
  }
  update();
}

void HttpConnection::linger() {
  lingering_ = true;
  ::shutdown(fd_, SHUT_WR);
  free_string(unread_);
  deadline_.wait_for_end();
}

void HttpConnection::set_deadline() {
  if (out_.blocked() || lingering_) return;  // set where these begin
  if (pending_)
    deadline_.wait_for_answer();
  else if (!parser_)
    deadline_.wait_for_request();
  else
    deadline_.wait_for_rest();
}

void HttpConnection::check_deadline() {
  if (!deadline_.passed()) return;
  if (!parser_ || out_.blocked() || lingering_) return close();
  fail(408, "the request took too long to arrive; send it faster, or in parts");
  settle();
}

void HttpConnection::finish() {
  if (!idle()) return;
  read();  // a request that has reached us in time is answered
  if (open() && idle()) close();
}

}  // namespace kilometric

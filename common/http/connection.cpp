#include "common/http/connection.h"

#include <utility>

#include "common/http/server_state.h"

namespace kilometric {
namespace {

// Answers of one batch are sent before its end when they are more than this, so that a client that
// asks for much in few bytes does not fill the memory. The 204s of a usual full read stay below it.
constexpr size_t kFlushBytes = 128 * 1024;

// Nothing but errors and resets, which are always reported: a client that is to wait may have sent
// more, or closed its half, and must not wake us again and again for it.
constexpr int kErrorsOnly = UV_PRIORITIZED;

}  // namespace

HttpConnection::HttpConnection(HttpServer::State& server, int fd)
    : server_(&server),
      socket_(server.memory(), fd),
      answer_(server, socket_.out()),
      deadline_(server.loop(), server.limits()) {}

void HttpConnection::start() {
  socket_.start(server_->loop(), [this](int status, int events) { on_event(status, events); });
  socket_.watch(UV_READABLE);
  set_deadline();
}

void HttpConnection::refuse(int status, std::string_view message) {
  fail(status, message);
  settle();
}

/// The server's list may be the last owner: whoever calls this holds the connection.
void HttpConnection::close() {
  if (!open()) return;
  socket_.close();
  server_->memory().account(std::exchange(held_, 0), 0);
  unread_.free();
  if (!in_handler_) parser_.reset();
  const auto waited = std::exchange(ready_, nullptr);  // what it holds on to may hold this
  std::exchange(server_, nullptr)->remove(*this);
}

void HttpConnection::on_event(int status, int events) noexcept {
  const auto self = shared_from_this();
  const auto server = server_->shared_from_this();  // a handler may destroy the HttpServer
  if (status < 0) return close();
  if (socket_.lingering()) {
    if (!socket_.discard()) close();
    return;
  }
  if (blocked()) return settle();
  if ((events & UV_READABLE) && can_handle() && unread_.empty() && !shedding_) {
    read();
  } else if (events & UV_READABLE) {
    socket_.watch(kErrorsOnly);
  } else {
    socket_.watch(0);  // urgent data, which nobody reads: it would be reported for ever
  }
}

void HttpConnection::read() {
  const HttpSocket::Input input = socket_.receive();
  if (input.what == HttpSocket::Input::What::nothing) return;
  if (input.what == HttpSocket::Input::What::end) return on_end_of_input();
  if (input.what == HttpSocket::Input::What::lost) return close();
  const size_t left = handle(input.bytes);
  if (!open()) return;
  if (left > 0 && !answer_.last()) unread_.keep(input.bytes.substr(input.bytes.size() - left));
  settle();
}

/// A client that has closed its half and is owed nothing: it goes, or hears why nothing comes.
void HttpConnection::on_end_of_input() {
  if (!parser_) return close();
  fail(400, "the connection ended before the request was complete; send all of it");
  settle();
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
        if (parser_->take_expectation()) socket_.out().text() += "HTTP/1.1 100 Continue\r\n\r\n";
        break;
      default:
        break;
    }
    if (open() && socket_.out().size() > kFlushBytes) flush();
  }
  return bytes.size();
}

void HttpConnection::dispatch() {
  answer_.owe();
  deadline_.request_is_whole();
  in_handler_ = true;
  server_->handle(parser_->request(), HttpResponse(shared_from_this()));
  in_handler_ = false;
  if (!open())
    parser_.reset();
  else if (answer_.owed())
    parser_->drop_body();
  else
    parser_->reset();
}

/// An answer is complete that did not come within the handler; else dispatch() goes on.
void HttpConnection::on_late_answer() {
  parser_->reset();
  settle();
}

void HttpConnection::begin(int status, std::string_view content_type, std::string_view extra_headers) {
  if (!open() || !answer_.owed()) return;
  answer_.begin(*parser_, status, content_type, extra_headers);
  if (!in_handler_) settle();
}

void HttpConnection::write(std::string_view piece) {
  if (!open() || !answer_.begun() || parser_->is_head()) return;
  if (!answer_.write(piece)) return cut();
  if (!in_handler_) settle();
}

void HttpConnection::when_ready(std::function<void()> ready) {
  if (!open()) return;
  ready_ = std::move(ready);
  if (!blocked()) server_->resume_later(shared_from_this());
}

void HttpConnection::end() {
  if (!open() || !answer_.begun()) return;
  answer_.end(*parser_);
  if (!in_handler_) on_late_answer();
}

/// A chunked body without its last chunk is seen to be cut; an HTTP/1.0 client is told by a reset.
void HttpConnection::cut() {
  if (!open() || !answer_.begun()) return;
  answer_.give_up(*parser_);
  if (answer_.ends_with_connection()) socket_.reset_at_close();
  close();
}

bool HttpConnection::stopping() const { return open() && server_->stopping(); }

/// Answers what is not a request, and ends the conversation.
void HttpConnection::fail(int status, std::string_view message) {
  answer_.refuse(parser_.get(), status, message);
  if (parser_) parser_->reset();
}

/// Called at the end of whatever happened: sends, then decides what to wait for.
void HttpConnection::settle() {
  flush();
  if (!open()) return;
  if (parser_ && !answer_.owed() && !parser_->started()) server_->memory().give_back(std::move(parser_));
  account();
  if (server_->stopping() && idle()) answer_.make_last();
  if (answer_.last() && !answer_.owed() && !blocked() && !socket_.lingering()) linger();
  if (!open()) return;
  if (blocked())
    socket_.watch(UV_WRITABLE);
  else if (socket_.lingering() || idle() || (can_handle() && parser_))
    socket_.watch(UV_READABLE);
  else if (socket_.watched() == UV_WRITABLE)
    socket_.watch(kErrorsOnly);
  set_deadline();
  if ((can_handle() && (!unread_.empty() || shedding_)) || (ready_ && !blocked()))
    server_->resume_later(shared_from_this());
}

void HttpConnection::flush() {
  if (!open()) return;
  const HttpOutbox::Sent sent = socket_.send();
  if (sent == HttpOutbox::Sent::failed) return close();
  if (sent == HttpOutbox::Sent::much) deadline_.wait_for_writing();
}

/// Handles what came while an answer was pending or blocked.
void HttpConnection::resume() {
  if (open() && !blocked() && ready_) return std::exchange(ready_, nullptr)();
  if (!can_handle()) return;
  if (std::exchange(shedding_, false)) {
    fail(503, "the server is overloaded; send fewer requests at once, or later");
  } else if (!unread_.empty()) {
    const size_t left = handle(unread_.rest());
    if (!open()) return;
    if (left == 0 || answer_.last())
      unread_.free();
    else
      unread_.keep_last(left);
  }
  settle();
}

/// Tells the server what this connection holds; when that is too much for it, lets go.
void HttpConnection::account() {
  const size_t before = held_;
  const auto update = [this] {
    const size_t held = (parser_ ? parser_->bytes() : 0) + socket_.out().bytes() + unread_.bytes();
    server_->memory().account(std::exchange(held_, held), held);
  };
  update();
  if (held_ <= before || !server_->memory().overloaded()) return;
  if (parser_ && !answer_.owed()) {
    fail(503, "the server is overloaded; try again later");
    flush();
    if (!open()) return;
  }
  if (!answer_.owed() && parser_) server_->memory().give_back(std::move(parser_));
  if (!unread_.empty()) {
    unread_.free();
    shedding_ = !answer_.last();
  }
  update();
}

void HttpConnection::linger() {
  socket_.linger();
  unread_.free();
  deadline_.wait_for_end();
}

void HttpConnection::set_deadline() {
  if (blocked() || socket_.lingering()) return;  // set where these begin
  if (answer_.owed())
    deadline_.wait_for_answer();
  else if (!parser_)
    deadline_.wait_for_request();
  else
    deadline_.wait_for_rest();
}

void HttpConnection::check_deadline() {
  if (!deadline_.passed()) return;
  if (!parser_ || blocked() || socket_.lingering()) return close();
  fail(408, "the request took too long to arrive; send it faster, or in parts");
  settle();
}

void HttpConnection::finish() {
  if (!idle()) return;
  read();  // a request that has reached us in time is answered
  if (open() && idle()) close();
}

}  // namespace kilometric

#include "common/http/server_state.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/http/connection.h"

namespace kilometric {
namespace {

constexpr size_t kAcceptsAtOnce = 64;      // then the connections we have get their turn
constexpr size_t kRefusedAtOnce = 64;      // hearing their 503; what comes beyond is just closed
constexpr size_t kParsersKept = 8;         // one is enough unless requests arrive in pieces
constexpr size_t kKeptBytes = 256 * 1024;  // what a spare buffer may hold on to
constexpr std::chrono::milliseconds kAcceptPause{100};

/// Often enough that a deadline is late by an eighth at most, and never more than once in 10 ms.
std::chrono::milliseconds sweep_interval(const HttpLimits& limits) {
  using std::chrono::milliseconds;
  const milliseconds least = std::min({limits.request_time, limits.idle_time, limits.write_time});
  return std::clamp(least / 8, milliseconds(10), milliseconds(1000));
}

int duplicate(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error(errno, std::generic_category(), "HTTP listener");
  return copy;
}

}  // namespace

HttpServer::State::State(Loop& loop, int listen_fd, HttpLimits limits, Handler handler, Observer observer)
    : loop_(loop),
      limits_(limits),
      handler_(std::move(handler)),
      observer_(std::move(observer)),
      listen_fd_(duplicate(listen_fd)),
      accept_again_(loop, [this] { listener_->start(UV_READABLE); }),
      sweep_(loop, [this] { sweep(); }),
      resume_(loop, [this] { resume_all(); }),
      stop_(loop, [this] { on_stop_timer(); }),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kHttpReadBytes)) {}

HttpServer::State::~State() { shut(); }

void HttpServer::State::listen() {
  // Accepted sockets inherit both. Answers leave in whole writes: waiting to fill a packet only delays.
  const int on = 1;
  ::setsockopt(listen_fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  listener_.emplace(loop_, listen_fd_, [this](int status, int) {
    if (status < 0)
      pause_accepting();
    else
      accept_waiting(kAcceptsAtOnce);
  });
  listener_->start(UV_READABLE);
}

void HttpServer::State::accept_waiting(size_t at_most) noexcept {
  const auto self = shared_from_this();
  while (at_most-- > 0 && listen_fd_ >= 0 && accept_one()) {}
}

/// False when none is waiting, or none can be taken now.
bool HttpServer::State::accept_one() {
  const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    add(fd);
    return true;
  }
  if (errno == EAGAIN) return false;
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    pause_accepting();
    return false;
  }
  return true;  // that client has gone (ECONNABORTED and others)
}

/// The listener stays readable; without a pause we would spin until a descriptor is free.
void HttpServer::State::pause_accepting() {
  if (stopping_ || !listener_) return;
  listener_->stop();
  accept_again_.start(kAcceptPause);
}

void HttpServer::State::add(int fd) {
  if (connections_.size() >= limits_.connections + kRefusedAtOnce) {
    ::close(fd);
    return;
  }
  const bool refused = connections_.size() >= limits_.connections;
  const auto connection = std::make_shared<HttpConnection>(*this, fd);
  connection->place = connections_.size();
  connections_.push_back(connection);
  if (connections_.size() == 1) sweep_.start(sweep_interval(limits_), sweep_interval(limits_));
  try {
    connection->start();
    if (refused) connection->refuse(503, "too many connections are open; close some, or try again later");
  } catch (const std::exception& error) {  // no memory for another watcher
    spdlog::error("HTTP connection: {}", error.what());
    connection->close();
  }
}

void HttpServer::State::remove(HttpConnection& connection) {
  const size_t place = connection.place;
  const auto gone = std::exchange(connections_[place], std::move(connections_.back()));
  if (place + 1 < connections_.size()) connections_[place]->place = place;
  connections_.pop_back();
  if (!connections_.empty()) return;
  sweep_.stop();
  if (stopping_ && on_stopped_) stop_.start(std::chrono::milliseconds(0));
}

void HttpServer::State::sweep() noexcept {
  const auto self = shared_from_this();
  for (size_t place = connections_.size(); place-- > 0;) {
    if (place >= connections_.size()) continue;
    const auto connection = connections_[place];
    connection->check_deadline();
  }
}

void HttpServer::State::resume_later(std::shared_ptr<HttpConnection> connection) {
  to_resume_.push_back(std::move(connection));
  resume_.ask();
}

void HttpServer::State::resume_all() noexcept {
  const auto self = shared_from_this();
  for (const auto& connection : std::exchange(to_resume_, {})) connection->resume();
}

void HttpServer::State::handle(const HttpRequest& request, HttpResponse response) noexcept {
  try {
    handler_(request, std::move(response));  // an answer lost on the way out is a 500
  } catch (const std::exception& error) {
    spdlog::error("HTTP handler: {}", error.what());
  }
}

void HttpServer::State::observe(std::string_view path, int status) const {
  if (observer_) observer_(path, status);
}

std::unique_ptr<HttpParser> HttpServer::State::borrow_parser() {
  if (spare_parsers_.empty()) return std::make_unique<HttpParser>(limits_);
  auto parser = std::move(spare_parsers_.back());
  spare_parsers_.pop_back();
  return parser;
}

void HttpServer::State::give_back(std::unique_ptr<HttpParser> parser) {
  if (spare_parsers_.size() < kParsersKept && parser->bytes() <= kKeptBytes)
    spare_parsers_.push_back(std::move(parser));
}

void HttpServer::State::give_back(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > spare_buffer_.capacity() && buffer.capacity() <= kKeptBytes)
    buffer.swap(spare_buffer_);
  std::string().swap(buffer);
}

void HttpServer::State::stop(bool drain_queue, std::chrono::milliseconds deadline,
                             std::function<void()> on_stopped) {
  const auto self = shared_from_this();
  if (std::exchange(stopping_, true)) return;
  on_stopped_ = std::move(on_stopped);
  stop_.start(deadline);
  accept_again_.stop();
  if (drain_queue) accept_waiting(limits_.connections);
  listener_.reset();
  ::close(std::exchange(listen_fd_, -1));
  for (const auto& connection : std::vector(connections_)) connection->finish();
  if (connections_.empty()) stop_.start(std::chrono::milliseconds(0));
}

/// The deadline, or the last connection has gone.
void HttpServer::State::on_stop_timer() noexcept {
  const auto self = shared_from_this();
  const auto on_stopped = std::exchange(on_stopped_, nullptr);
  for (const auto& connection : std::vector(connections_)) connection->close();
  if (on_stopped) on_stopped();
}

void HttpServer::State::shut() {
  on_stopped_ = nullptr;
  stopping_ = true;
  listener_.reset();
  if (listen_fd_ >= 0) ::close(std::exchange(listen_fd_, -1));
  to_resume_.clear();
  for (const auto& connection : std::vector(connections_)) connection->close();
  for (Timer* timer : {&accept_again_, &sweep_, &stop_}) timer->stop();
  resume_.stop();
}

HttpServer::HttpServer(Loop& loop, int listen_fd, HttpLimits limits, Handler handler, Observer observer)
    : state_(std::make_shared<State>(loop, listen_fd, limits, std::move(handler), std::move(observer))) {
  state_->listen();
}

HttpServer::~HttpServer() { state_->shut(); }

void HttpServer::stop(bool drain_queue, std::chrono::milliseconds deadline, std::function<void()> on_stopped) {
  state_->stop(drain_queue, deadline, std::move(on_stopped));
}

void HttpServer::set_headers(std::string lines) { state_->set_headers(std::move(lines)); }

size_t HttpServer::connections() const { return state_->connections(); }

}  // namespace kilometric

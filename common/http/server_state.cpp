#include "common/http/server_state.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/http/connection.h"
#include "common/log.h"

namespace kilometric {
namespace {

constexpr size_t kAcceptsAtOnce = 64;  // then the connections we have get their turn
constexpr size_t kRefusedAtOnce = 64;  // hearing their 503; what comes beyond is just closed

/// Often enough that a deadline is late by an eighth at most, and never more than once in 10 ms.
std::chrono::milliseconds sweep_interval(const HttpLimits& limits) {
  using std::chrono::milliseconds;
  const milliseconds least = std::min({limits.request_time, limits.idle_time, limits.write_time});
  return std::clamp(least / 8, milliseconds(10), milliseconds(1000));
}

}  // namespace

HttpServer::State::State(Loop& loop, HttpLimits limits, Handler handler, Observer observer)
    : loop_(loop),
      limits_(limits),
      handler_(std::move(handler)),
      observer_(std::move(observer)),
      memory_(limits_),
      sweep_(loop, [this] { sweep(); }),
      resume_(loop, [this] { resume_all(); }),
      stop_(loop, [this] { on_stop_timer(); }) {}

HttpServer::State::~State() { shut(); }

void HttpServer::State::listen(int listen_fd) {
  listeners_.emplace_back(loop_, listen_fd,
                          HttpListener::Events{[this](HttpListener& listener) { accept_waiting(listener); },
                                               [this](int fd) { add(fd); }});
  listeners_.back().start();
}

void HttpServer::State::accept_waiting(HttpListener& listener) noexcept {
  const auto self = shared_from_this();
  listener.accept_waiting(kAcceptsAtOnce);
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
    log_error("HTTP connection: {}", error.what());
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
    log_error("HTTP handler: {}", error.what());
  }
}

void HttpServer::State::observe(std::string_view path, int status) const {
  if (observer_) observer_(path, status);
}

void HttpServer::State::stop(bool drain_queue, std::chrono::milliseconds deadline,
                             std::function<void()> on_stopped) {
  const auto self = shared_from_this();
  if (std::exchange(stopping_, true)) return;
  on_stopped_ = std::move(on_stopped);
  stop_.start(deadline);
  for (HttpListener& listener : listeners_) {
    if (drain_queue) listener.accept_waiting(limits_.connections);
    listener.close();
  }
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
  for (HttpListener& listener : listeners_) listener.close();
  to_resume_.clear();
  for (const auto& connection : std::vector(connections_)) connection->close();
  for (Timer* timer : {&sweep_, &stop_}) timer->stop();
  resume_.stop();
}

HttpServer::HttpServer(Loop& loop, int listen_fd, HttpLimits limits, Handler handler, Observer observer)
    : state_(std::make_shared<State>(loop, limits, std::move(handler), std::move(observer))) {
  state_->listen(listen_fd);
}

HttpServer::~HttpServer() { state_->shut(); }

void HttpServer::stop(bool drain_queue, std::chrono::milliseconds deadline, std::function<void()> on_stopped) {
  state_->stop(drain_queue, deadline, std::move(on_stopped));
}

void HttpServer::also_listen(int listen_fd) { state_->listen(listen_fd); }

void HttpServer::set_headers(std::string lines) { state_->set_headers(std::move(lines)); }

size_t HttpServer::connections() const { return state_->connections(); }

}  // namespace kilometric

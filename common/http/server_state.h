// Inside the HTTP server: its connections, and what they share. See common/http/server.h for the outside.
//
// HttpServer owns it, and whatever calls a handler or an observer holds it meanwhile, since these may destroy
// the HttpServer.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/common_lines.h"
#include "common/http/listener.h"
#include "common/http/memory.h"
#include "common/http/server.h"
#include "common/uv.h"

namespace kilometric {

class HttpServer::State : public std::enable_shared_from_this<HttpServer::State> {
 public:
  State(Loop& loop, HttpLimits limits, Handler handler, Observer observer);
  ~State();

  void listen(int listen_fd);
  void stop(bool drain_queue, std::chrono::milliseconds deadline, std::function<void()> on_stopped);
  void set_headers(std::string lines) { lines_.set(std::move(lines)); }
  void shut();  ///< closes everything at once; nothing is called any more

  // For connections:
  const HttpLimits& limits() const { return limits_; }
  Loop& loop() { return loop_; }
  bool stopping() const { return stopping_; }
  const std::string& common_lines() { return lines_.text(); }
  void handle(const HttpRequest& request, HttpResponse response) noexcept;
  void observe(std::string_view path, int status) const;
  void remove(HttpConnection& connection);
  void resume_later(std::shared_ptr<HttpConnection> connection);

  HttpMemory& memory() { return memory_; }
  size_t connections() const { return connections_.size(); }

 private:
  void accept_waiting(HttpListener& listener) noexcept;
  void add(int fd);
  void sweep() noexcept;
  void resume_all() noexcept;
  void on_stop_timer() noexcept;

  Loop& loop_;
  const HttpLimits limits_;
  Handler handler_;
  Observer observer_;
  HttpCommonLines lines_;
  HttpMemory memory_;
  std::list<HttpListener> listeners_;
  Timer sweep_;
  NextTurn resume_;
  Timer stop_;
  bool stopping_ = false;
  std::function<void()> on_stopped_;
  std::vector<std::shared_ptr<HttpConnection>> connections_;
  std::vector<std::shared_ptr<HttpConnection>> to_resume_;
};

}  // namespace kilometric

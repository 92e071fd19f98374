// Inside the HTTP server: what its connections share. See common/http/server.h for the outside.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/parser.h"
#include "common/http/server.h"
#include "common/uv.h"

namespace kilometric {

class HttpServer::State : public std::enable_shared_from_this<HttpServer::State> {
 public:
  State(Loop& loop, int listen_fd, HttpLimits limits, Handler handler, Observer observer);
  ~State();

  void listen();
  void stop(bool drain_queue, std::chrono::milliseconds deadline, std::function<void()> on_stopped);
  void set_headers(std::string lines) { headers_ = std::move(lines); }
  void shut();  ///< closes everything at once; nothing is called any more

  // For connections:
  const HttpLimits& limits() const { return limits_; }
  Loop& loop() { return loop_; }
  bool stopping() const { return stopping_; }
  const std::string& headers() const { return headers_; }
  void handle(const HttpRequest& request, HttpResponse response) noexcept;
  void observe(std::string_view path, int status) const;
  void remove(HttpConnection& connection);
  void resume_later(std::shared_ptr<HttpConnection> connection);

  char* read_buffer() { return read_buffer_.get(); }
  std::unique_ptr<HttpParser> borrow_parser();
  void give_back(std::unique_ptr<HttpParser> parser);
  void borrow_buffer(std::string& buffer) { buffer.swap(spare_buffer_); }
  void give_back(std::string& buffer);  ///< `buffer` becomes empty

  void account(size_t before, size_t after) { held_ += after - before; }
  bool overloaded(size_t more = 0) const {
    return held_ > limits_.buffered_bytes || more > limits_.buffered_bytes - held_;
  }
  size_t connections() const { return connections_.size(); }

 private:
  void accept_waiting(size_t at_most) noexcept;
  bool accept_one();
  void pause_accepting();
  void add(int fd);
  void sweep() noexcept;
  void resume_all() noexcept;
  void on_stop_timer() noexcept;

  Loop& loop_;
  const HttpLimits limits_;
  Handler handler_;
  Observer observer_;
  std::string headers_;
  int listen_fd_;
  std::optional<Poll> listener_;
  Timer accept_again_;
  Timer sweep_;
  NextTurn resume_;
  Timer stop_;
  bool stopping_ = false;
  std::function<void()> on_stopped_;
  std::vector<std::shared_ptr<HttpConnection>> connections_;
  std::vector<std::shared_ptr<HttpConnection>> to_resume_;
  std::unique_ptr<char[]> read_buffer_;
  std::vector<std::unique_ptr<HttpParser>> spare_parsers_;
  std::string spare_buffer_;
  size_t held_ = 0;
};

/// What one read takes at most. One buffer for all connections: what is not handled before the
/// next read is copied away, so an idle connection holds none.
inline constexpr size_t kHttpReadBytes = 64 * 1024;

}  // namespace kilometric

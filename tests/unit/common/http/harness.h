// A real HttpServer on a loopback socket, its loop, and raw clients, all on one thread: a client's
// waiting turns the server's loop.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/server.h"

namespace kilometric {

/// Long enough that only a defect reaches it.
inline constexpr std::chrono::seconds kTestPatience{20};

class HttpHarness {
 public:
  explicit HttpHarness(HttpLimits limits = {}) {
    listen_fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    REQUIRE(::bind(listen_fd_, reinterpret_cast<sockaddr*>(&address_), size) == 0);
    REQUIRE(::listen(listen_fd_, 512) == 0);
    REQUIRE(::getsockname(listen_fd_, reinterpret_cast<sockaddr*>(&address_), &size) == 0);
    server.emplace(
        loop, listen_fd_, limits,
        [this](const HttpRequest& request, HttpResponse response) { handler(request, std::move(response)); },
        [this](std::string_view path, int status) { observed.emplace_back(path, status); });
  }
  ~HttpHarness() {
    server.reset();
    ::close(listen_fd_);
  }

  /// Turns the loop until `done`; false when patience ends.
  bool until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kTestPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      if (uv_run(loop.raw(), UV_RUN_NOWAIT) == 0) ::usleep(200);
    }
    return true;
  }
  void turn(int times = 20) {
    for (int i = 0; i < times; ++i) uv_run(loop.raw(), UV_RUN_NOWAIT);
  }

  /// True when the loop comes to wait in the kernel: nothing is ready, no timer is due at once.
  /// (Tried a few times, since the sweep may just be due. What spins is never asleep.)
  bool asleep() {
    for (int attempt = 0; attempt < 10; ++attempt) {
      turn();
      pollfd ready{uv_backend_fd(loop.raw()), POLLIN, 0};
      if (::poll(&ready, 1, 0) == 0 && uv_backend_timeout(loop.raw()) != 0) return true;
    }
    return false;
  }

  Loop loop;
  /// Default: remembers the request as text and answers 204.
  std::function<void(const HttpRequest&, HttpResponse)> handler = [this](const HttpRequest& request,
                                                                         HttpResponse response) {
    std::string text = llhttp_method_name(request.method);
    text.append(" ").append(request.path).append("?").append(request.query);
    if (!request.body.empty()) text.append(" ").append(request.body);
    requests.push_back(std::move(text));
    response.send(204, {}, {});
  };
  std::vector<std::string> requests;
  std::vector<std::pair<std::string, int>> observed;
  std::optional<HttpServer> server;
  sockaddr_in address_{};

 private:
  int listen_fd_ = -1;
};

/// A client that sends and receives bytes as they are.
class RawClient {
 public:
  explicit RawClient(HttpHarness& harness, int receive_buffer = 0) : harness_(harness) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&harness.address_), sizeof harness.address_) == 0);
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// Sends all of it, turning the loop and taking answers in between; false when the server hung up.
  bool send(std::string_view bytes) {
    return harness_.until([&] {
      while (!bytes.empty() && !broken_) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) broken_ = true;
        if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
      }
      return bytes.empty() || broken_ || (take(), false);
    }) && !broken_;
  }

  /// Takes what has come without waiting.
  void take() {
    char buffer[65536];
    while (!ended_ && !reset_) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) return;
      if (got < 0) reset_ = true;
      if (got == 0) ended_ = true;
      if (got > 0) add({buffer, static_cast<size_t>(got)});
    }
    received_ += std::exchange(held_, {});
  }

  /// Waits until at least `size` bytes have come.
  const std::string& receive(size_t size) {
    CHECK(harness_.until([&] { return take(), received_.size() >= size || ended_ || reset_; }));
    return received_;
  }
  /// Waits until the server closes.
  const std::string& receive_all() {
    CHECK(harness_.until([&] { return take(), ended_ || reset_; }));
    return received_;
  }
  /// Everything that comes until the server has nothing more to do for us.
  const std::string& receive_until(std::string_view end) {
    CHECK(harness_.until([&] { return take(), received_.ends_with(end) || ended_ || reset_; }));
    return received_;
  }

  void shut() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Closes with a reset.
  void abort() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }

  /// Without the header lines that every answer bears, unless they are wanted.
  const std::string& received() const { return received_; }
  void want_common_lines() { strips_ = false; }
  void forget() { received_.clear(); }
  bool ended() const { return ended_; }
  bool reset() const { return reset_; }
  int fd() const { return fd_; }

 private:
  /// A line that may be one of those and has not come whole is held back, and so is half a line's end.
  void add(std::string_view bytes) {
    std::string text = std::exchange(held_, {}).append(bytes);
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find("\r\n", at);
      const std::string_view line = std::string_view(text).substr(at, end == text.npos ? end : end + 2 - at);
      at += line.size();
      const bool whole = end != text.npos, common = strips_ && is_common(line);
      if (!whole && (common || line.ends_with('\r'))) {
        held_ = common ? line : "\r";
        received_.append(common ? "" : line.substr(0, line.size() - 1));
      } else if (!common) {
        received_.append(line);
      }
    }
  }

  /// Whether `line`, or what has come of it, is one of them.
  static bool is_common(std::string_view line) {
    for (const std::string_view name : {"Date: ", "Cache-Control: no-store\r\n"})
      if (line.substr(0, name.size()) == name.substr(0, line.size())) return true;
    return false;
  }

  HttpHarness& harness_;
  int fd_;
  std::string received_, held_;
  bool strips_ = true;
  bool ended_ = false, reset_ = false, broken_ = false;
};

inline constexpr std::string_view kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";

}  // namespace kilometric

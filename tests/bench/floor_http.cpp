// The floor of HTTP: wait, read, write a fixed 204, no parsing. What any server pays at least.
//
// Without parsing it cannot see where a request ends, so it is told the length of each; it then
// answers pipelined ones in one write, as a good server does. One thread a listener.
//
// Prints {"port": ...} when it is ready and, on SIGTERM, how many requests it answered.
#include <CLI/CLI.hpp>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <deque>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "tests/bench/loopback.h"
#include "tests/bench/stop.h"

namespace bench {
namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr size_t kBufferBytes = 64 * 1024;  // two bodies of a thousand lines

class Server {
 public:
  Server(int listener, size_t request_bytes)
      : listener_(listener), request_bytes_(request_bytes), epoll_(check(epoll_create1(0), "epoll_create1")) {
    for (size_t i = 0; i <= kBufferBytes / request_bytes; ++i) answers_ += kAnswer;
    watch(listener);
  }

  void run() {
    std::array<epoll_event, 64> events;
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        if (events[i].data.fd == listener_)
          welcome();
        else
          serve(events[i].data.fd);
      }
    }
  }

  uint64_t answered() const { return answered_.load(std::memory_order_relaxed); }

 private:
  void watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    check(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  void welcome() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) watch(fd);
  }

  void serve(int fd) {
    const ssize_t got = read(fd, buffer_.data(), buffer_.size());
    if (got <= 0) {
      unanswered_bytes_.erase(fd);
      close(fd);
      return;
    }
    size_t& bytes = unanswered_bytes_[fd];
    bytes += static_cast<size_t>(got);
    const size_t count = bytes / request_bytes_;
    bytes %= request_bytes_;
    if (count > 0) answer(fd, count);
  }

  void answer(int fd, size_t count) {
    const size_t bytes = count * kAnswer.size();
    if (write(fd, answers_.data(), bytes) != static_cast<ssize_t>(bytes)) {
      std::fprintf(stderr, "floor-http: an answer was not taken whole\n");
      _exit(1);  // never with a client that reads its answers before it asks again
    }
    answered_.store(answered() + count, std::memory_order_relaxed);
  }

  int listener_;
  size_t request_bytes_;
  int epoll_;
  std::string answers_;
  std::array<char, kBufferBytes> buffer_;
  std::unordered_map<int, size_t> unanswered_bytes_;
  std::atomic<uint64_t> answered_{0};
};

int run(int argc, char** argv) {
  uint16_t port = 0;
  int threads = 1;
  size_t request_bytes = 0;
  CLI::App app{"answers every request on loopback with 204"};
  app.add_option("--port", port, "0: a free one");
  app.add_option("--threads", threads)->check(CLI::Range(1, 64));
  app.add_option("--request-bytes", request_bytes, "of each request, body included")
      ->required()
      ->check(CLI::Range(1, 1'000'000));
  CLI11_PARSE(app, argc, argv);

  block_stop_signals();
  const std::vector<int> fds = listeners(SOCK_STREAM, port, threads);
  std::deque<Server> servers;
  for (const int fd : fds) {
    Server& server = servers.emplace_back(fd, request_bytes);
    std::thread([&server] { server.run(); }).detach();
  }
  std::printf("{\"port\": %d}\n", port_of(fds.front()));
  std::fflush(stdout);
  await_stop_signal();
  uint64_t answered = 0;
  for (const Server& server : servers) answered += server.answered();
  std::printf("{\"requests\": %lu}\n", answered);
  std::fflush(stdout);
  _exit(0);  // the threads are blocked in the kernel; nothing is left to tidy
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run_main("floor-http", bench::run, argc, argv); }

// The floor of lines by TCP: accept, read 64 KiB and drop, no parsing. What any receiver pays at least.
//
// One thread and epoll a listening socket, all on one port by SO_REUSEPORT. Prints {"port": ...} when it is
// ready and, on SIGTERM, what it received.
#include <CLI/CLI.hpp>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <deque>
#include <thread>
#include <vector>

#include "tests/bench/loopback.h"
#include "tests/bench/stop.h"

namespace bench {
namespace {

class Receiver {
 public:
  explicit Receiver(int listener) : listener_(listener) {}

  void run() {
    watch(listener_);
    std::array<epoll_event, 64> events;
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) serve(events[static_cast<size_t>(i)].data.fd);
    }
  }

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  void watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    check(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  void serve(int fd) {
    if (fd == listener_) return watch(check(accept4(fd, nullptr, nullptr, SOCK_NONBLOCK), "accept"));
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got > 0)
      bytes_.store(bytes() + static_cast<uint64_t>(got), std::memory_order_relaxed);
    else if (got == 0)
      close(fd);
  }

  const int listener_;
  const int epoll_ = check(epoll_create1(0), "epoll_create1");
  std::atomic<uint64_t> bytes_{0};  // written by its thread alone; read by main at the end
  std::array<char, 65'536> buffer_;
};

int run(int argc, char** argv) {
  int sockets = 1;
  CLI::App app{"receives by TCP on loopback and drops"};
  app.add_option("--sockets", sockets)->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);

  block_stop_signals();
  const std::vector<int> fds = listeners(SOCK_STREAM, 0, sockets);
  std::deque<Receiver> receivers;
  for (const int fd : fds) {
    Receiver& receiver = receivers.emplace_back(fd);
    std::thread([&receiver] { receiver.run(); }).detach();
  }
  std::printf("{\"port\": %d}\n", port_of(fds.front()));
  std::fflush(stdout);
  await_stop_signal();
  uint64_t bytes = 0;
  for (const Receiver& receiver : receivers) bytes += receiver.bytes();
  std::printf("{\"bytes\": %lu}\n", bytes);
  std::fflush(stdout);
  _exit(0);  // the threads are blocked in the kernel; nothing is left to tidy
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run_main("floor-tcp", bench::run, argc, argv); }

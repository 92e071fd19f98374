// The floor of UDP: receive and drop, no parsing. What any receiver pays at least under a traffic.
//
// One thread a socket, all on one port by SO_REUSEPORT. Two ways to wait for more after a receive
// that left the queue empty: on the socket, so that the next datagram wakes it (--wait-us 0), or first
// sleep, so that the queue does the batching (--wait-us 1000).
//
// With --unix it has the datagram socket at a path instead, and one thread.
//
// Prints {"port": ...}, or the path for that, when it is ready and, on SIGTERM, what it received.
#include <CLI/CLI.hpp>
#include <linux/sock_diag.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <string>
#include <thread>

#include "tests/bench/loopback.h"
#include "tests/bench/stop.h"

namespace bench {
namespace {

constexpr int kBatch = 64;             // at 50,000 a second, a millisecond brings 50
constexpr size_t kBufferBytes = 2048;  // a datagram of an Ethernet frame

/// Written by its thread alone; read by main at the end.
struct Counts {
  std::atomic<uint64_t> datagrams{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> receives{0};
};

void add(std::atomic<uint64_t>& counter, uint64_t n) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

class Receiver {
 public:
  Receiver(int fd, std::chrono::microseconds wait) : fd_(fd), wait_(wait) {
    for (int i = 0; i < kBatch; ++i) {
      parts_[i] = {buffers_[i].data(), kBufferBytes};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void run() {
    const int epoll = check(epoll_create1(0), "epoll_create1");
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd_}};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event), "epoll_ctl");
    for (;;) {
      epoll_wait(epoll, &event, 1, -1);
      for (int got = receive(); got == kBatch || (got > 0 && wait_.count() > 0); got = receive()) {
        if (got < kBatch) std::this_thread::sleep_for(wait_);
      }
    }
  }

  const Counts& counts() const { return counts_; }

  uint32_t drops() const {
    std::array<uint32_t, SK_MEMINFO_VARS> values{};
    socklen_t size = sizeof values;
    check(getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, values.data(), &size), "SO_MEMINFO");
    return values[SK_MEMINFO_DROPS];
  }

 private:
  int receive() {
    const int got = recvmmsg(fd_, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    add(counts_.receives, 1);
    if (got <= 0) return 0;
    uint64_t bytes = 0;
    for (int i = 0; i < got; ++i) bytes += messages_[i].msg_len;
    add(counts_.datagrams, static_cast<uint64_t>(got));
    add(counts_.bytes, bytes);
    return got;
  }

  int fd_;
  std::chrono::microseconds wait_;
  Counts counts_;
  std::array<std::array<char, kBufferBytes>, kBatch> buffers_;
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
};

void print(const std::deque<Receiver>& receivers) {
  uint64_t datagrams = 0, bytes = 0, receives = 0, drops = 0;
  for (const Receiver& receiver : receivers) {
    datagrams += receiver.counts().datagrams;
    bytes += receiver.counts().bytes;
    receives += receiver.counts().receives;
    drops += receiver.drops();
  }
  std::printf("{\"datagrams\": %lu, \"bytes\": %lu, \"receives\": %lu, \"drops\": %lu}\n", datagrams, bytes,
              receives, drops);
}

int run(int argc, char** argv) {
  uint16_t port = 0;
  int sockets = 1;
  int64_t wait_us = 0;
  std::string path;
  CLI::App app{"receives datagrams on loopback and drops them"};
  app.add_option("--port", port, "0: a free one");
  app.add_option("--sockets", sockets)->check(CLI::Range(1, 64));
  app.add_option("--wait-us", wait_us, "after a short read")->check(CLI::Range(0, 1'000'000));
  app.add_option("--unix", path);
  CLI11_PARSE(app, argc, argv);

  block_stop_signals();
  const std::vector<int> fds =
      path.empty() ? listeners(SOCK_DGRAM, port, sockets) : std::vector<int>{listener_at(path)};
  std::deque<Receiver> receivers;
  for (const int fd : fds) {
    Receiver& receiver = receivers.emplace_back(fd, std::chrono::microseconds(wait_us));
    std::thread([&receiver] { receiver.run(); }).detach();
  }
  if (path.empty())
    std::printf("{\"port\": %d}\n", port_of(fds.front()));
  else
    std::printf("{\"port\": \"%s\"}\n", path.c_str());
  std::fflush(stdout);
  await_stop_signal();
  print(receivers);
  std::fflush(stdout);
  _exit(0);  // the threads are blocked in the kernel; nothing is left to tidy
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run_main("floor-udp", bench::run, argc, argv); }

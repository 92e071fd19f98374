// UDP load: datagrams of StatsD lines to a port on loopback, at a steady rate or flat out. With --tcp the same
// by connections, each with a line end more; with --unix to the datagram socket at a path.
//
// Paced by the clock: whenever it wakes, every --tick-us, it sends what is due by then, spread over
// its sockets, so that SO_REUSEPORT spreads it over the receivers. What a delay has piled up is sent
// in one go, and the longest delay is reported. Prints what it sent as JSON.
#include <CLI/CLI.hpp>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <thread>

#include "tests/bench/lines.h"
#include "tests/bench/loopback.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr size_t kMostPerCall = 64;

struct Options {
  uint16_t port = 0;
  std::string unix_path;  // instead of the port
  bool tcp = false;
  double rate = 50'000;  // datagrams a second; 0: flat out
  size_t lines = 1;
  size_t keys = 1'000;
  LineStyle style;
  double seconds = 1;
  size_t sockets = 16;
  int64_t tick_us = 1'000;
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), packets_(make_packets(options.keys, options.lines, 1'024, options.style)) {
    for (size_t i = 0; i < options.sockets; ++i) sockets_.push_back(connected());
    for (std::string& packet : packets_) {
      if (options.tcp) packet += '\n';
      parts_.push_back({packet.data(), packet.size()});
    }
    for (iovec& part : parts_) {
      mmsghdr& message = messages_.emplace_back();
      message.msg_hdr.msg_iov = &part;
      message.msg_hdr.msg_iovlen = 1;
    }
  }

  void run() {
    const auto start = Clock::now();
    const auto tick = std::chrono::microseconds(options_.tick_us);
    const double total = options_.rate * options_.seconds;
    for (auto due = start; sent_ < static_cast<uint64_t>(total); due += tick) {
      std::this_thread::sleep_until(due);
      const auto now = Clock::now();
      longest_delay_ = std::max(longest_delay_, Seconds(now - due));
      const double wanted = options_.rate * Seconds(now + tick - start).count();
      spread(static_cast<uint64_t>(std::min(wanted, total)) - sent_);
    }
    elapsed_ = Clock::now() - start;
  }

  void run_flat_out() {
    const auto start = Clock::now();
    while (elapsed_.count() < options_.seconds) {
      spread(kMostPerCall * sockets_.size());
      elapsed_ = Clock::now() - start;
    }
  }

  void print() const {
    std::printf(
        "{\"datagrams\": %lu, \"lines\": %lu, \"bytes\": %lu, \"seconds\": %.6f, "
        "\"longest_delay\": %.6f}\n",
        sent_, sent_ * options_.lines, sent_ * packets_.front().size(), elapsed_.count(),
        longest_delay_.count());
  }

 private:
  int connected() const {
    if (!options_.unix_path.empty()) return connect_to_path(options_.unix_path);
    return connect_to(options_.tcp ? SOCK_STREAM : SOCK_DGRAM, options_.port);
  }

  /// `count` datagrams in equal shares, the next socket taking what does not divide.
  void spread(uint64_t count) {
    while (count > 0) {
      const uint64_t share = std::min<uint64_t>((count + sockets_.size() - 1) / sockets_.size(), kMostPerCall);
      send(sockets_[socket_++ % sockets_.size()], share);
      count -= share;
    }
  }

  void send(int fd, uint64_t count) {
    if (options_.tcp) return write(fd, count);
    while (count > 0) {
      const auto room = std::min<uint64_t>(count, messages_.size() - packet_);
      const auto done = static_cast<uint64_t>(
          check(sendmmsg(fd, &messages_[packet_], static_cast<unsigned>(room), 0), "sendmmsg"));
      packet_ = (packet_ + done) % messages_.size();
      sent_ += done;
      count -= done;
    }
  }

  /// By a stream a part of a message may be sent; sendmmsg would go on with the next.
  void write(int fd, uint64_t count) {
    for (; count > 0; --count, ++sent_, packet_ = (packet_ + 1) % packets_.size()) {
      std::string_view rest = packets_[packet_];
      while (!rest.empty())
        rest.remove_prefix(
            static_cast<size_t>(check(static_cast<int>(::send(fd, rest.data(), rest.size(), 0)), "send")));
    }
  }

  const Options& options_;
  std::vector<std::string> packets_;
  std::vector<iovec> parts_;
  std::vector<mmsghdr> messages_;
  std::vector<int> sockets_;
  size_t socket_ = 0;
  size_t packet_ = 0;
  uint64_t sent_ = 0;
  Seconds elapsed_{0};
  Seconds longest_delay_{0};
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"sends StatsD datagrams to a port on loopback"};
  app.add_option("--port", options.port)->check(CLI::Range(1, 65'535));
  app.add_option("--unix", options.unix_path);
  app.add_flag("--tcp", options.tcp);
  app.add_option("--rate", options.rate, "datagrams a second; 0: flat out")->check(CLI::Range(0, 2'000'000));
  app.add_option("--lines", options.lines, "in a datagram")->check(CLI::Range(1, 60));
  app.add_option("--keys", options.keys)->check(CLI::Range(1, 9'999'999));
  app.add_option("--key-bytes", options.style.key_bytes)->check(CLI::Range(kKeyBytes, size_t{255}));
  app.add_option("--tags", options.style.tags, "behind a line")->check(CLI::Range(size_t{0}, kMostTags));
  app.add_option("--type", options.style.type)->check(CLI::IsMember({"c", "ms", "g", "s"}));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.01, 600.0));
  app.add_option("--sockets", options.sockets)->check(CLI::Range(1, 256));
  app.add_option("--tick-us", options.tick_us, "how often to send")->check(CLI::Range(1, 100'000));
  CLI11_PARSE(app, argc, argv);

  prctl(PR_SET_TIMERSLACK, 1);  // else the kernel may wake it 50 us late
  Load load(options);
  if (options.rate > 0)
    load.run();
  else
    load.run_flat_out();
  load.print();
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run_main("load-udp", bench::run, argc, argv); }

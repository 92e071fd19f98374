// HTTP load: `GET /track`, or `POST /track` with lines, over keep-alive connections on loopback.
//
// Each connection sends --depth requests in one write, awaits all answers, and sends the next: so
// as many requests are under way as the server can take, and never more than that. Ends after
// --seconds or --requests, whichever comes first, once every answer is there. Prints as JSON what
// came back, by status.
#include <CLI/CLI.hpp>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/answers.h"
#include "tests/bench/lines.h"
#include "tests/bench/loopback.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kPatienceMs = 10'000;  // for any answer at all

struct Options {
  uint16_t port = 0;
  size_t connections = 100;
  size_t depth = 1;
  size_t lines = 0;  // 0: GET
  size_t keys = 1'000;
  double seconds = 1;
  uint64_t requests = UINT64_MAX;
  bool describe = false;
};

/// All of one length, the port left out of Host for that reason.
std::vector<std::string> make_requests(const Options& options) {
  if (options.lines == 0) return {"GET /track?key=my-metric HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"};
  std::vector<std::string> requests = make_packets(options.keys, options.lines, 16);
  for (std::string& body : requests) {
    body = "POST /track HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  return requests;
}

struct Connection {
  int fd;
  size_t awaited = 0;
  Answers answers{};
};

class Load {
 public:
  Load(const Options& options, const std::vector<std::string>& requests)
      : options_(options), epoll_(check(epoll_create1(0), "epoll_create1")) {
    for (const std::string& request : requests) {
      std::string& batch = batches_.emplace_back();
      for (size_t i = 0; i < options.depth; ++i) batch += request;
    }
    for (size_t i = 0; i < options.connections; ++i) {
      connections_.push_back({connect_to(SOCK_STREAM, options.port)});
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      check(epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back().fd, &event), "epoll_ctl");
    }
  }

  void run() {
    const auto start = Clock::now();
    for (Connection& connection : connections_) send_batch(connection);
    std::array<epoll_event, 64> events;
    while (answered_ < sent_) {
      const int ready = check(epoll_wait(epoll_, events.data(), events.size(), kPatienceMs), "epoll_wait");
      if (ready == 0) throw std::runtime_error("no answer for ten seconds");
      elapsed_ = Clock::now() - start;
      for (int i = 0; i < ready; ++i) receive(connections_[events[i].data.u64]);
    }
  }

  void print() const {
    std::printf("{\"requests\": %lu, \"seconds\": %.6f, \"statuses\": {", answered_, elapsed_.count());
    const char* comma = "";
    for (size_t status = 0; status < statuses_.size(); ++status) {
      if (statuses_[status] == 0) continue;
      std::printf("%s\"%zu\": %lu", comma, status, statuses_[status]);
      comma = ", ";
    }
    std::printf("}}\n");
  }

 private:
  void send_batch(Connection& connection) {
    const std::string& batch = batches_[batch_++ % batches_.size()];
    for (size_t done = 0; done < batch.size();) {
      done += static_cast<size_t>(
          check(static_cast<int>(send(connection.fd, batch.data() + done, batch.size() - done, MSG_NOSIGNAL)),
                "send"));
    }
    connection.awaited = options_.depth;
    sent_ += options_.depth;
  }

  void receive(Connection& connection) {
    const auto got = check(static_cast<int>(recv(connection.fd, buffer_.data(), buffer_.size(), 0)), "recv");
    if (got == 0) throw std::runtime_error("the server closed a connection");
    const size_t count = connection.answers.take({buffer_.data(), static_cast<size_t>(got)}, statuses_);
    if (count > connection.awaited) throw std::runtime_error("more answers than requests");
    answered_ += count;
    connection.awaited -= count;
    const bool over = elapsed_.count() >= options_.seconds || sent_ >= options_.requests;
    if (connection.awaited == 0 && !over) send_batch(connection);
  }

  const Options& options_;
  int epoll_;
  std::vector<std::string> batches_;
  size_t batch_ = 0;
  std::vector<Connection> connections_;
  std::array<char, 64 * 1024> buffer_;
  Statuses statuses_{};
  uint64_t sent_ = 0;
  uint64_t answered_ = 0;
  Seconds elapsed_{0};
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"sends HTTP requests to a port on loopback"};
  app.add_option("--port", options.port)->check(CLI::Range(1, 65'535));
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 10'000));
  app.add_option("--depth", options.depth, "requests in one write")->check(CLI::Range(1, 64));
  app.add_option("--lines", options.lines, "in a body, sent by POST; 0: GET")->check(CLI::Range(0, 10'000));
  app.add_option("--keys", options.keys, "of those lines")->check(CLI::Range(1, 9'999'999));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.01, 600.0));
  app.add_option("--requests", options.requests);
  app.add_flag("--describe", options.describe, "print the length of a request and send none");
  CLI11_PARSE(app, argc, argv);

  const std::vector<std::string> requests = make_requests(options);
  if (options.describe) {
    std::printf("{\"request_bytes\": %zu}\n", requests.front().size());
    return 0;
  }
  Load load(options, requests);
  load.run();
  load.print();
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run_main("load-http", bench::run, argc, argv); }

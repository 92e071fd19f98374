// `kilometric replay`: datagrams of a file, sent again with the times between them.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include "common/settings/values.h"
#include "tool/failure.h"
#include "tool/local/datagrams.h"
#include "tool/local/input_file.h"
#include "tool/local/setting.h"
#include "tool/packets/pcap_reader.h"
#include "tool/packets/stop_signals.h"
#include "tool/packets/udp.h"
#include "tool/text.h"
#include "tool/verbs/all.h"

namespace kilometric::tool {
namespace {

using Clock = std::chrono::steady_clock;

struct ReplayOptions {
  std::vector<std::string> files;
  std::string to, port, speed;
};

constexpr const char* kMore =
    "FILE is of capture, or of tcpdump; - is stdin. Its datagrams to --port are sent. They are counted as of "
    "now.\n\n"
    "  kilometric replay morning.pcap --speed 10\n"
    "  sudo tcpdump -i any -w - udp port 8125 | kilometric replay - --to test-host:8125\n";

/// 0: without pauses.
double speed_of(const std::string& text) {
  if (text.empty()) return 1;
  if (text == "max") return 0;
  try {
    return values::decimal_number(text, 0.001, 1'000'000);
  } catch (const std::exception& error) {
    throw Failure(kUsage, fmt::format("--speed {}: it is max, or {}", printable(text), error.what()));
  }
}

class Replay {
 public:
  explicit Replay(const ReplayOptions& options)
      : port_(udp_port(options.port)),
        speed_(speed_of(options.speed)),
        name_(options.files.front() == "-" ? "stdin" : printable(options.files.front())),
        file_(open_input(options.files.front())),
        reader_(file_.get(), name_),
        datagrams_(options.to) {}

  void run() {
    while (!stopped_) {
      const auto packet = reader_.next();
      if (!packet) return;
      const auto datagram = udp_of(packet->bytes);
      if (datagram && datagram->port() == port_) take(packet->time_ns, *datagram);
    }
  }

  void tell_end() const {
    fmt::print(stderr, "kilometric: sent to {}: {} datagram{}", datagrams_.to(), sent_, sent_ == 1 ? "" : "s");
    if (cut_ > 0) fmt::print(stderr, "; {} were captured in part, and left out", cut_);
    fmt::print(stderr, "\n");
  }

  int end() const {
    datagrams_.check();
    tell_end();
    if (sent_ > 0 || stopped_) return 0;
    throw Failure(kNothing, fmt::format("{}: no whole datagram to port {} is in it; --port says which to send",
                                        name_, port_));
  }

 private:
  void take(int64_t time_ns, const UdpDatagram& datagram) {
    if (datagram.cut) {
      ++cut_;
      return;
    }
    if (sent_ == 0) {
      first_ns_ = time_ns;
      began_ = Clock::now();
    }
    await(time_ns - first_ns_);
    if (stopped_) return;
    datagrams_.send(datagram.payload);
    ++sent_;
  }

  /// Until so much of the file's time has passed. One that is earlier than the one before is sent at once.
  void await(int64_t since_first_ns) {
    const double wait_ns = speed_ == 0 ? 0 : static_cast<double>(since_first_ns) / speed_;
    const std::chrono::duration<double, std::nano> until_due =
        std::chrono::duration<double, std::nano>(wait_ns) - (Clock::now() - began_);
    constexpr double kMostNs = 1e18;  // thirty years
    const auto patience =
        std::chrono::nanoseconds(static_cast<int64_t>(std::clamp(until_due.count(), 0.0, kMostNs)));
    stopped_ = signals_.await(patience);
  }

  const uint16_t port_;
  const double speed_;
  const std::string name_;
  const InputFile file_;
  PcapReader reader_;
  const Datagrams datagrams_;
  StopSignals signals_;
  Clock::time_point began_;
  int64_t first_ns_ = 0;
  uint64_t sent_ = 0, cut_ = 0;
  bool stopped_ = false;
};

int run_replay(const ReplayOptions& options) {
  Replay replay(options);
  try {
    replay.run();
  } catch (const Failure&) {
    replay.tell_end();
    throw;
  }
  return replay.end();
}

}  // namespace

Verb replay_verb() {
  const auto options = std::make_shared<ReplayOptions>();
  Verb verb{"replay", "FILE", "Sends the datagrams of a file again, with the times between them", kMore};
  verb.options = {
      {"--to", "HOST:PORT", "where they go; this host and KILOMETRIC_UDP_PORT unless said", &options->to},
      {"--port", "PORT", "to which they were sent; KILOMETRIC_UDP_PORT, or 8125, unless said", &options->port},
      {"--speed", "N", "so many times as fast; max: without a pause, and some may be dropped", &options->speed},
  };
  verb.positional = &options->files;
  verb.least_arguments = 1;
  verb.most_arguments = 1;
  verb.run = [options](const Common&) { return run_replay(*options); };
  return verb;
}

}  // namespace kilometric::tool

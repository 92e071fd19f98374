// `kilometric capture`: the datagrams that come to a port, with their times, into a file.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>

#include "tool/failure.h"
#include "tool/local/setting.h"
#include "tool/packets/pcap_writer.h"
#include "tool/packets/port_tap.h"
#include "tool/packets/udp.h"
#include "tool/show/time.h"
#include "tool/text.h"
#include "tool/verbs/all.h"
#include "tool/verbs/count.h"

namespace kilometric::tool {
namespace {

using Clock = std::chrono::steady_clock;

struct CaptureOptions {
  std::vector<std::string> files;
  std::string port, count, time;
};

constexpr uint64_t kMostBytes = uint64_t{1} << 30;

constexpr const char* kMore =
    "FILE is a new one in the form of tcpdump and Wireshark, of at most 1 GiB; - is stdout. It takes root or\n"
    "CAP_NET_RAW. What comes by TCP or a unix socket cannot be seen.\n\n"
    "  sudo kilometric capture --for 60s morning.pcap\n"
    "  kilometric replay morning.pcap --to test-host:8125\n";

Clock::time_point end_of(const std::string& time) {
  if (time.empty()) return Clock::time_point::max();
  const auto span = span_ms(time);
  if (!span || *span <= 0)
    throw Failure(kUsage, "--for " + printable(time) + ": it is a span, as 90s or 1h30m");
  return Clock::now() + std::chrono::milliseconds(*span);
}

std::chrono::milliseconds patience_until(Clock::time_point end) {
  constexpr std::chrono::milliseconds kMost{60'000};
  const auto now = Clock::now();
  if (end <= now) return std::chrono::milliseconds(0);
  return std::min(kMost,
                  std::chrono::ceil<std::chrono::milliseconds>(std::min<Clock::duration>(end - now, kMost)));
}

/// Whole datagrams, and first fragments; what else the filter lets pass is nothing of ours.
int run_capture(const CaptureOptions& options) {
  const uint64_t most = count_of(options.count);
  const uint16_t port = udp_port(options.port);
  const auto end = end_of(options.time);
  PortTap tap(port);
  PcapWriter writer(options.files.front());
  fmt::print(stderr, "kilometric: datagrams to UDP port {} go to {}; Ctrl-C ends it\n", port,
             printable(options.files.front()));
  uint64_t count = 0;
  const auto enough = [&] { return (most > 0 && count >= most) || Clock::now() >= end || tap.stopped(); };
  while (!enough() && writer.bytes() < kMostBytes) {
    auto packet = tap.next(std::chrono::milliseconds(0));
    if (!packet) {
      writer.flush();
      packet = tap.next(patience_until(end));
    }
    if (!packet || !udp_of(packet->bytes)) continue;
    writer.write(*packet);
    ++count;
  }
  writer.flush();
  fmt::print(stderr, "kilometric: {} datagram{}", count, count == 1 ? "" : "s");
  if (const uint64_t dropped = tap.dropped(); dropped > 0)
    fmt::print(stderr, "; {} passed unseen, as there was no room for them", dropped);
  fmt::print(stderr, "\n");
  if (writer.bytes() >= kMostBytes)
    throw Failure(kNothing, "capture: it ends at 1 GiB; go on with another file");
  return 0;
}

}  // namespace

Verb capture_verb() {
  const auto options = std::make_shared<CaptureOptions>();
  Verb verb{"capture", "FILE", "Writes the datagrams that come to a UDP port to a file, with their times",
            kMore};
  verb.options = {
      {"--port", "PORT", "KILOMETRIC_UDP_PORT, or 8125, unless said", &options->port},
      {"--for", "TIME", "ends after so long: 90s, 1h30m; without it Ctrl-C does", &options->time},
      {"--count,-n", "N", "ends after so many datagrams", &options->count},
  };
  verb.positional = &options->files;
  verb.least_arguments = 1;
  verb.most_arguments = 1;
  verb.run = [options](const Common&) { return run_capture(*options); };
  return verb;
}

}  // namespace kilometric::tool

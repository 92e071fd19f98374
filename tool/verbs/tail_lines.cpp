#include "tool/verbs/tail_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "common/metric/glob.h"
#include "tool/failure.h"
#include "tool/local/line_check.h"
#include "tool/local/setting.h"
#include "tool/packets/port_tap.h"
#include "tool/packets/udp.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/verbs/verdict.h"

namespace kilometric::tool {
namespace {

Glob glob_of(const std::string& pattern) {
  const auto glob = Glob::parse(pattern.empty() ? "*" : pattern);
  if (!glob) throw Failure(kUsage, "tail: the pattern's braces make more than 100 patterns");
  return *glob;
}

class LineTail {
 public:
  explicit LineTail(const TailLinesOptions& options)
      : options_(options), glob_(glob_of(options.pattern)), tap_(udp_port(options.port)) {
    fmt::print(stderr, "kilometric: lines by UDP to port {} from now on; Ctrl-C ends it\n",
               udp_port(options.port));
  }

  void run() {
    while (!tap_.stopped() && !enough()) {
      const auto packet = tap_.next(std::chrono::milliseconds(0));
      if (packet) {
        take(*packet);
      } else {
        if (std::fflush(stdout) != 0) throw Failure(kNothing, "stdout takes no more");
        if (const auto next = tap_.next(std::chrono::seconds(60))) take(*next);
      }
    }
  }

  void tell_end() {
    fmt::print(stderr, "kilometric: {} good, {} bad, in {} datagram{}", good_, bad_, datagrams_,
               datagrams_ == 1 ? "" : "s");
    if (cut_ > 0) fmt::print(stderr, "; of {} the last line is not known, as they came in fragments", cut_);
    if (const uint64_t dropped = tap_.dropped(); dropped > 0)
      fmt::print(stderr, "; {} passed unseen, as there was no room for them", dropped);
    fmt::print(stderr, "\n");
  }

 private:
  bool enough() const { return options_.count > 0 && good_ + bad_ >= options_.count; }

  void take(const Packet& packet) {
    const auto datagram = udp_of(packet.bytes);
    if (!datagram) return;
    ++datagrams_;
    std::string_view left = datagram->payload;
    if (datagram->cut) {
      ++cut_;
      left = left.substr(0, left.rfind('\n') + 1);  // npos + 1: none is whole
    }
    const std::string sender = datagram->sender();
    while (!left.empty() && !enough()) {
      const std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(left.size(), line.size() + 1));
      if (!line.empty()) tell(packet.time_ns / 1'000'000, sender, line);
    }
  }

  bool is_wanted(std::string_view text, const CheckedLine& line) const {
    if (line.outcome != Outcome::accepted) return glob_.matches(text.substr(0, text.find(':')));
    return std::ranges::any_of(line.samples, [this](const auto& sample) { return glob_.matches(sample.key); });
  }

  void tell(int64_t ms, const std::string& sender, std::string_view text) {
    const CheckedLine line = check_.check(text);
    if (!is_wanted(text, line)) return;
    ++(line.outcome == Outcome::accepted ? good_ : bad_);
    if (options_.json)
      return put(verdict_json(text, line, fmt::format("\"time\":{},\"from\":\"{}\"", ms, sender)));
    const std::string begin = fmt::format("{}  {:<21}  ", terminal_.faint(full_time(ms)), sender);
    put(verdict_text(text, line, begin, "", terminal_));
  }

  const TailLinesOptions& options_;
  const Glob glob_;
  const Terminal terminal_ = Terminal::of_stdout();
  LineCheck check_;
  PortTap tap_;
  uint64_t good_ = 0, bad_ = 0, datagrams_ = 0, cut_ = 0;
};

}  // namespace

int run_tail_lines(const TailLinesOptions& options) {
  LineTail tail(options);
  tail.run();
  tail.tell_end();
  return 0;
}

}  // namespace kilometric::tool

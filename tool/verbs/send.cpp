// `kilometric send`: lines to an ingestd, for trying out.
#include <fmt/format.h>

#include <memory>

#include "tool/failure.h"
#include "tool/local/datagrams.h"
#include "tool/local/line_check.h"
#include "tool/text.h"
#include "tool/verbs/all.h"

namespace kilometric::tool {
namespace {

struct SendOptions {
  std::vector<std::string> lines;
  std::string to;
};

constexpr const char* kMore =
    "A LINE is as StatsD and DogStatsD have it; a key alone counts 1. What is bad is refused, with what to\n"
    "fix, and nothing is sent.\n\n"
    "  kilometric send visits\n"
    "  kilometric send 'page.load:320|ms|#env:prod' 'queue:42|g'\n";

/// Whether the line has a value, as a line of an event, too.
std::string completed(const std::string& line) {
  return line.find('|') == std::string::npos ? line + (line.find(':') == std::string::npos ? ":1|c" : "|c")
                                             : line;
}

int run_send(const SendOptions& options, const Common& common) {
  LineCheck check;
  std::vector<std::string> lines, words;
  for (const std::string& given : options.lines) {
    const std::string line = completed(given);
    const CheckedLine checked = check.check(line);
    if (line.find('\n') != std::string::npos)
      throw Failure(kUsage, "send: a line end is in an argument; one line each");
    if (checked.outcome != Outcome::accepted)
      throw Failure(kUsage, fmt::format("send: {}: {}", printable(line), text_of(checked.outcome).advice));
    lines.push_back(line);
    for (const CheckedSample& sample : checked.samples)
      words.push_back(fmt::format("{} {} {}", sample.kind, printable(sample.key), sample.value));
  }
  const Datagrams datagrams(options.to);
  for (const std::string& line : lines) datagrams.send(line);
  datagrams.check();
  if (!common.json) fmt::print(stderr, "kilometric: sent to {}: {}\n", datagrams.to(), fmt::join(words, "; "));
  return 0;
}

}  // namespace

Verb send_verb() {
  const auto options = std::make_shared<SendOptions>();
  Verb verb{"send", "LINE...", "Sends lines to kilometric-ingestd by UDP", kMore};
  verb.options = {
      {"--to", "HOST:PORT", "where it is; this host and KILOMETRIC_UDP_PORT unless said", &options->to}};
  verb.positional = &options->lines;
  verb.least_arguments = 1;
  verb.most_arguments = 1'000;
  verb.run = [options](const Common& common) { return run_send(*options, common); };
  return verb;
}

}  // namespace kilometric::tool

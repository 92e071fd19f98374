// `kilometric tail`: entries as they are written; lines as they arrive (tool/verbs/tail_lines.h).
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "common/json.h"
#include "tool/failure.h"
#include "tool/reader/json.h"
#include "tool/reader/key_pages.h"
#include "tool/reader/kind_view.h"
#include "tool/reader/live.h"
#include "tool/show/number.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/text.h"
#include "tool/verbs/all.h"
#include "tool/verbs/count.h"
#include "tool/verbs/tail_lines.h"

namespace kilometric::tool {
namespace {

struct TailOptions {
  std::vector<std::string> patterns, tags;
  std::string kind, count, port;
  bool events = false, lines = false;
};

constexpr const char* kMore =
    "One line for each metric and interval, within a second of each flush; of up to 100 metrics of each "
    "kind.\n\n"
    "  kilometric tail 'web.*'\n"
    "  kilometric tail --events --tag env:prod     events and service checks alone\n\n"
    "With --lines, the lines themselves as they arrive by UDP, each with what becomes of it and who sent it; "
    "of\n"
    "keys like PATTERN. It takes root or CAP_NET_RAW. What comes by TCP or a unix socket cannot be seen.\n\n"
    "  sudo kilometric tail --lines 'web.*'\n";

/// "count 3  p99 412", or of one statistic the number alone.
std::string values_of(const JsonValue& data, const std::vector<std::string>& stats) {
  if (find(data, "value") != nullptr) return readable(number_text(data, "value"));
  std::string text;
  for (const std::string& stat : stats)
    if (find(data, stat.c_str()) != nullptr)
      text += fmt::format("{}{} {}", text.empty() ? "" : "  ", stat, readable(number_text(data, stat.c_str())));
  return text;
}

std::string event_text(const JsonValue& data) {
  const std::string check = text_of(data, "check");
  const std::string title = check.empty() ? text_of(data, "title") : check + " " + text_of(data, "status");
  const std::string more = text_of(data, check.empty() ? "text" : "message");
  return printable(title) + (more.empty() ? "" : "  " + printable(more));
}

std::string line_of(const LiveEvent& event, const Terminal& terminal) {
  const Json data = parse_json(event.data, "/live");
  const bool is_event = event.kind == "event";
  const int64_t ms = whole_of(data, is_event ? "time" : "from");
  return fmt::format("{}  {:<7}  {}  {}\n", terminal.faint(full_time(ms)), event.kind,
                     is_event ? event_text(data) : printable(text_of(data, "name")),
                     is_event ? "" : terminal.data(values_of(data, view_of(event.kind).stats)));
}

std::string json_line(const LiveEvent& event) {
  return fmt::format("{{\"kind\":\"{}\",\"entry\":{}}}\n", event.kind, harmless_json(event.data));
}

void add_streams(LiveStreams& live, const TailOptions& options) {
  const std::string pattern = options.patterns.empty() ? "*" : options.patterns.front();
  const bool metrics = !options.events || !options.patterns.empty();
  for (const std::string kind : kKindNames) {
    if (!metrics || (!options.kind.empty() && options.kind != kind)) continue;
    Query query("/live");
    query.add("key", pattern).add("kind", kind);
    live.add(kind, query.add("stat", fmt::format("{}", fmt::join(view_of(kind).stats, ","))));
  }
  if (!options.events) return;
  Query query("/live");
  query.add("events", "on");
  for (const std::string& tag : options.tags) query.add("tag", tag);
  live.add("event", query);
}

int run_tail(const TailOptions& options, const Common& common) {
  check_kind(options.kind);
  if (!options.tags.empty() && !options.events) throw Failure(kUsage, "tail: --tag is of events; add --events");
  const size_t most = count_of(options.count);
  const std::string pattern = options.patterns.empty() ? "" : options.patterns.front();
  if (options.lines && (options.events || !options.kind.empty()))
    throw Failure(kUsage, "tail: --lines has neither --kind nor --events");
  if (!options.lines && !options.port.empty()) throw Failure(kUsage, "tail: --port is for --lines");
  if (options.lines) return run_tail_lines({pattern, options.port, most, common.json});
  const Reader reader(common);
  LiveStreams live(reader);
  add_streams(live, options);
  fmt::print(stderr, "kilometric: what is written from now on; Ctrl-C ends it\n");
  const Terminal terminal = Terminal::of_stdout();
  for (size_t count = 0;;) {
    for (const LiveEvent& event : live.take(std::chrono::seconds(60))) {
      put(common.json ? json_line(event) : line_of(event, terminal));
      if (++count == most) return 0;
    }
    if (std::fflush(stdout) != 0) throw Failure(kNothing, "stdout takes no more");
  }
}

}  // namespace

Verb tail_verb() {
  const auto options = std::make_shared<TailOptions>();
  Verb verb{"tail", "[PATTERN]", "Prints entries as they are written, or lines as they arrive", kMore};
  verb.options = {
      {"--kind", "KIND", "counter, gauge, timer or set alone", &options->kind},
      {"--events", "", "events and service checks; without a PATTERN they alone", &options->events},
      {"--tag", "TAG", "events with it: env:prod; may be repeated", &options->tags},
      {"--lines", "", "lines as they arrive by UDP, not entries", &options->lines},
      {"--port", "PORT", "of --lines; KILOMETRIC_UDP_PORT, or 8125, unless said", &options->port},
      {"--count,-n", "N", "ends after so many; without it Ctrl-C does", &options->count},
  };
  verb.positional = &options->patterns;
  verb.most_arguments = 1;
  verb.run = [options](const Common& common) { return run_tail(*options, common); };
  return verb;
}

}  // namespace kilometric::tool

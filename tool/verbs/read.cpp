// `kilometric read`: totals, a plot, a list with sparklines, a table.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "tool/failure.h"
#include "tool/reader/grid.h"
#include "tool/reader/key_pages.h"
#include "tool/reader/live.h"
#include "tool/reader/reading.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/text.h"
#include "tool/verbs/all.h"
#include "tool/verbs/read_picture.h"

namespace kilometric::tool {
namespace {

struct ReadOptions {
  Selection selection;
  std::vector<std::string> stats;
  std::string from = "-1h", to = "now", period = "auto", compare;
  bool value = false, plot = false, spark = false, table = false, csv = false, watch = false;
};

constexpr const char* kMore =
    "Of one metric it draws a plot, of several a line each, with a sparkline; as wide as the terminal.\n"
    "A KEY may be a pattern: quote it. A TIME is -15min, -7d, now, 2020-10-21, 2020-10-21T18:05:44Z, or\n"
    "seconds or milliseconds since the epoch; a SPAN 30s, 5min, 1h, 7d.\n\n"
    "  kilometric read page.load --from -1d --stat p50,p99\n"
    "  kilometric read 'web.*.hits' --from -7d\n"
    "  kilometric read visits --value --from -1d      the number alone\n"
    "  kilometric read visits --compare 7d            beside a week ago\n";

std::vector<std::string> parted(const std::vector<std::string>& lists) {
  std::vector<std::string> words;
  for (const std::string& list : lists)
    for (size_t begin = 0; begin <= list.size();) {
      const size_t end = std::min(list.find(',', begin), list.size());
      if (end > begin) words.push_back(list.substr(begin, end - begin));
      begin = end + 1;
    }
  return words;
}

/// In ms; 0: to be chosen.
int64_t period_of(const std::string& text) {
  if (text == "auto") return 0;
  const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
  const auto ms = span_ms(digits ? text + "s" : text);
  if (!ms || *ms < 1000 || *ms % 1000 != 0 || *ms > int64_t{31'536'000} * 1000)
    throw Failure(kUsage,
                  "--period " + printable(text) + ": it is auto, or 1s to 365d in whole seconds, as in 5min");
  return *ms;
}

int64_t compare_of(const std::string& text) {
  if (text.empty()) return 0;
  const auto ms = span_ms(text);
  if (!ms || *ms == 0) throw Failure(kUsage, "--compare " + printable(text) + ": it is a span, as in 1d or 7d");
  return *ms;
}

PictureRequest request_of(const ReadOptions& options) {
  PictureRequest request;
  request.selection = options.selection;
  request.stats = parted(options.stats);
  request.from = options.from;
  request.to = options.to;
  request.period = period_of(options.period);
  request.compare = compare_of(options.compare);
  if (int{options.plot} + int{options.spark} + int{options.table} > 1)
    throw Failure(kUsage, "--plot, --spark and --table: one of them at a time");
  if (options.plot) request.form = PictureRequest::Form::plot;
  if (options.spark) request.form = PictureRequest::Form::list;
  if (options.table) request.form = PictureRequest::Form::table;
  return request;
}

/// What readerd answers, as it is.
int print_raw(const Reader& reader, const ReadOptions& options) {
  const int64_t now = now_ms();
  Selection selection = options.selection;
  selection.from = options.from;
  selection.to = options.to;
  Query query = read_query(selection, options.value ? "value" : "points", parted(options.stats));
  if (!options.value) {
    const auto from = moment_ms(options.from, now), to = moment_ms(options.to, now);
    const int64_t span = from && to && *from < *to ? *to - *from : int64_t{86'400'000};
    const int64_t period = period_of(options.period);
    query.add("period", std::to_string((period != 0 ? period : Grid::period_for(span, 200)) / 1000));
  }
  if (options.csv) query.add("format", "csv");
  std::string body = reader.get(query).body;
  if (!body.ends_with('\n')) body += '\n';
  put(!options.csv ? harmless_json(body) : Terminal::of_stdout().is_one ? printable_lines(body) : body);
  const size_t found = options.csv ? body.find('\n') + 1 : body.find("{\"from\":");  // behind CSV's head
  return found < body.size() ? 0 : kNothing;
}

/// Draws again and again over what was drawn, as entries come; at least each few seconds, as time goes on.
int watch(const Reader& reader, const PictureRequest& request) {
  if (!Terminal::of_stdout().is_one)
    throw Failure(kUsage, "read: --watch draws on a terminal; kilometric tail prints what comes");
  LiveStreams live(reader);
  size_t drawn = 0;
  for (bool first = true;; first = false) {
    const Picture picture = draw_picture(reader, request);
    if (first && request.selection.tags.empty() && request.selection.by.empty()) {
      Query query("/live");
      for (const std::string& key : request.selection.keys) query.add("key", key);
      live.add(picture.kind, query.add("kind", picture.kind));
    }
    const Terminal terminal = Terminal::of_stdout();
    const std::string frame = first_lines(picture.text, terminal.rows - 1);
    if (drawn > 0) put(fmt::format("\x1b[{}F\x1b[J", drawn));
    put(frame);
    std::fflush(stdout);
    drawn = static_cast<size_t>(std::ranges::count(frame, '\n'));
    live.take(std::chrono::seconds(5));
  }
}

int run_read(const ReadOptions& options, const Common& common) {
  check_kind(options.selection.kind);
  const Reader reader(common);
  if (common.json || options.csv) return print_raw(reader, options);
  if (options.value) return print_values(reader, request_of(options));
  const PictureRequest request = request_of(options);
  if (options.watch) return watch(reader, request);
  const Picture picture = draw_picture(reader, request);
  put(picture.text);
  return picture.found ? 0 : kNothing;
}

}  // namespace

Verb read_verb() {
  const auto options = std::make_shared<ReadOptions>();
  Selection& selection = options->selection;
  Verb verb{"read", "KEY...", "Shows what was counted, measured or timed", kMore};
  verb.options = {
      {"--from", "TIME", "from then on; -1h unless said, - for all", &options->from},
      {"--to", "TIME", "up to then; now unless said", &options->to},
      {"--period", "SPAN", "of a point; auto: as many as there is room for, from 10s on", &options->period},
      {"--stat", "NAME", "what of it: sum, rate, last, mean, p99 ...; several with commas", &options->stats},
      {"--kind", "KIND", "counter, gauge, timer or set, where a name is that of several", &selection.kind},
      {"--tag", "TAG", "those of that name that have it: env:prod, !canary, *; may be repeated",
       &selection.tags},
      {"--by", "TAG", "a series for each value of the tag", &selection.by},
      {"--sum", "", "all of them as one", &selection.sum},
      {"--compare", "SPAN", "beside what was so long ago", &options->compare},
      {"--value", "", "one number of each, for the whole range, and nothing else", &options->value},
      {"--plot", "", "a plot of each", &options->plot},
      {"--spark", "", "a line of each", &options->spark},
      {"--table", "", "the numbers, point by point", &options->table},
      {"--csv", "", "data as CSV", &options->csv},
      {"--watch", "", "drawn anew with each entry that is written, until Ctrl-C", &options->watch},
  };
  verb.positional = &selection.keys;
  verb.least_arguments = 1;
  verb.most_arguments = 1'000;
  verb.run = [options](const Common& common) { return run_read(*options, common); };
  return verb;
}

}  // namespace kilometric::tool

#include "tool/verbs/read_picture.h"

#include <fmt/format.h>

#include <cstdio>

#include "tool/failure.h"
#include "tool/show/number.h"
#include "tool/show/series_list.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/text.h"
#include "tool/verbs/read_found.h"
#include "tool/verbs/read_plots.h"

namespace kilometric::tool {
namespace {

std::string draw_list_of(const Found& found) {
  std::vector<ListRow> rows;
  for (const Series& series : found.points.series) {
    ListRow row{series.name, found.grid.lay(series, 0, false), {}};
    for (size_t i = 0; i < found.totals.stats.size(); ++i)
      row.cells.push_back(brief_of(found.total(series.name, i)));
    if (found.compare != 0) row.cells.insert(row.cells.begin() + 1, found.change(series.name));
    rows.push_back(std::move(row));
  }
  std::vector<std::string> heads = found.totals.stats;
  if (found.compare != 0) heads.insert(heads.begin() + 1, "change");
  const int64_t span = found.grid.to - found.grid.from;
  return draw_list(found.terminal, rows,
                   fmt::format("{}, from {} by {}", found.view->kind, time_text(found.grid.from, span),
                               span_text(found.grid.period)),
                   heads);
}

std::string table_of(const Found& found, const Series& series) {
  constexpr size_t kTime = 19, kColumn = 14;
  std::string text = padded("time", kTime);
  for (const std::string& stat : found.plotted) text += padded_left(stat, kColumn);
  text = found.terminal.faint(text) + "\n";
  for (const Point& point : series.points) {
    text += padded(full_time(point.from), kTime);
    for (const std::string& value : point.values) text += padded_left(readable(value), kColumn);
    text += '\n';
  }
  return text;
}

std::string draw_tables(const Found& found) {
  std::string text;
  for (const Series& series : found.points.series) {
    if (!text.empty()) text += '\n';
    text += found.terminal.bold(printable(series.name)) +
            found.terminal.faint(fmt::format("  {}, by {}", found.view->kind, span_text(found.grid.period))) +
            "\n" + table_of(found, series);
  }
  return text;
}

void say_nothing_found(const PictureRequest& request) {
  const bool all = request.from == "-";
  fmt::print(stderr, "kilometric: nothing of {} {}; `kilometric keys` lists what there is\n",
             printable(fmt::format("{}", fmt::join(request.selection.keys, ", "))),
             all ? "is there" : "since " + printable(request.from) + " (--from - looks through all)");
}

std::string draw(const Found& found) {
  switch (found.form) {
    case PictureRequest::Form::list:
      return draw_list_of(found);
    case PictureRequest::Form::table:
      return draw_tables(found);
    default:
      return draw_plots(found);
  }
}

}  // namespace

Picture draw_picture(const Reader& reader, const PictureRequest& request) {
  const Found found = find(reader, request);
  if (!found.nothing()) return {draw(found), found.totals.kind, true};
  say_nothing_found(request);
  return {"", found.totals.kind, false};
}

int print_values(const Reader& reader, const PictureRequest& request) {
  Selection selection = request.selection;
  selection.from = request.from;
  selection.to = request.to;
  const Reading totals = read_totals(reader, selection, request.stats);
  const bool one = totals.series.size() == 1;
  bool found = false;
  for (const Series& series : totals.series) {
    if (series.points.empty()) continue;
    found = true;
    const std::string values = fmt::format("{}", fmt::join(series.points.front().values, "\t"));
    put(one ? values + "\n" : printable(series.name) + "\t" + values + "\n");
  }
  if (!found) fmt::print(stderr, "kilometric: nothing found; `kilometric keys` lists what there is\n");
  return found ? 0 : kNothing;
}

}  // namespace kilometric::tool

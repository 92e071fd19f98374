#include "tool/verbs/read_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "tool/show/number.h"
#include "tool/show/series_plot.h"
#include "tool/show/time.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr size_t kMostPlots = 20;

/// "count 3,122   mean 33.1 ...", in lines as wide as the terminal.
std::string totals_of(const Found& found, const std::string& name) {
  const std::string indent(8, ' ');
  std::string text, line, between;
  size_t columns = 0;
  const auto add = [&](const std::string& word, const std::string& value) {
    const size_t own = columns_of(word) + columns_of(value) + 4;
    if (columns > 0 && indent.size() + columns + own > found.terminal.columns + 3) {
      text += indent + line + "\n";
      line = between = "";
      columns = 0;
    }
    line += between + found.terminal.faint(word) + " " + found.terminal.bold(value);
    between = "   ";
    columns += own;
  };
  for (size_t i = 0; i < found.totals.stats.size(); ++i)
    add(found.totals.stats[i], readable(found.total(name, i)));
  if (found.totals.kind == "counter" && found.has_range) {
    const double seconds = static_cast<double>(found.grid.to - found.grid.from) / 1000;
    add("a second", brief(to_double(found.total(name, 0)) / seconds));
  }
  if (found.compare != 0) {
    add(span_text(found.compare) + " before", readable(found.earlier_total(name)));
    add("change", found.change(name));
  }
  return text + indent + line + "\n";
}

std::string plot_of(const Found& found, const Series& series, size_t stat) {
  const bool filled = found.view->filled && (found.plotted[stat] == "sum" || found.plotted[stat] == "unique" ||
                                             found.plotted[stat] == "rate");
  const PlotStyle style{filled};
  std::vector<double> values = found.grid.lay(series, stat, filled), all = values, before;
  const Series* other = series_named(found.earlier_points, series.name);
  if (found.compare != 0) {
    Grid grid = found.grid;
    grid.from -= found.compare;
    grid.to -= found.compare;
    before = grid.lay(other == nullptr ? Series() : *other, stat, filled);
    all.insert(all.end(), before.begin(), before.end());
  }
  const Scale scale = Scale::of(all, found.view->from_zero);
  const auto title = [&](const std::string& more) {
    const std::string words = fmt::format(
        "  {}{} by {}{}", found.view->kind == found.plotted[stat] ? "" : std::string(found.view->kind) + ", ",
        found.plotted[stat], span_text(found.grid.period), more);
    const size_t least = std::min<size_t>(columns_of(printable(series.name)), 10);
    const size_t room = found.terminal.columns - std::min(found.terminal.columns - least, words.size());
    const std::string name = cut_to(printable(series.name), room);
    return found.terminal.bold(name) +
           found.terminal.faint(cut_behind(words, found.terminal.columns - columns_of(name))) + "\n";
  };
  std::string text = title("") + draw_plot(found.terminal, found.grid, joined(values), scale, style);
  if (found.compare == 0) return text;
  Grid grid = found.grid;
  grid.from -= found.compare;
  grid.to -= found.compare;
  return text + title(", " + span_text(found.compare) + " before") +
         draw_plot(found.terminal, grid, joined(before), scale, style);
}

}  // namespace

std::string draw_plots(const Found& found) {
  std::string text;
  size_t drawn = 0;
  for (const Series& series : found.points.series) {
    if (drawn++ == kMostPlots) {
      fmt::print(stderr, "kilometric: {} more are not drawn; --spark gives each a line\n",
                 found.points.series.size() - kMostPlots);
      break;
    }
    if (!text.empty()) text += '\n';
    for (size_t stat = 0; stat < found.plotted.size(); ++stat) text += plot_of(found, series, stat);
    text += totals_of(found, series.name);
  }
  return text;
}

}  // namespace kilometric::tool

#include "tool/verbs/read_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "tool/failure.h"
#include "tool/reader/grid.h"
#include "tool/reader/kind_view.h"
#include "tool/show/number.h"
#include "tool/show/series_list.h"
#include "tool/show/series_plot.h"
#include "tool/show/terminal.h"
#include "tool/show/time.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr size_t kMostPlots = 20;

class PictureMaker {
 public:
  PictureMaker(const Reader& reader, const PictureRequest& request)
      : reader_(reader), request_(request), selection_(request.selection) {}

  Picture make();

 private:
  using Form = PictureRequest::Form;

  void choose_range(int64_t now);
  void read_totals_of_kind();
  void choose_form();
  void read_all_points();
  std::string plots() const;
  std::string plot_of(const Series& series, size_t stat) const;
  std::string list() const;
  std::string table() const;
  std::string table_of(const Series& series) const;
  std::string totals_of(const std::string& name) const;
  std::string change_text(const std::string& name) const;
  std::string total(const Reading& totals, const std::string& name, size_t stat) const;
  const Series* series_named(const Reading& reading, const std::string& name) const;
  Selection earlier() const;
  void say_nothing_found() const;

  const Reader& reader_;
  const PictureRequest& request_;
  const Terminal terminal_ = Terminal::of_stdout();
  Selection selection_;  ///< of this moment
  bool has_range_ = false;
  Grid grid_;
  const KindView* view_ = nullptr;
  std::vector<std::string> plotted_;
  Form form_ = Form::plot;
  Reading totals_, points_, earlier_totals_, earlier_points_;
};

/// What is understood here becomes numbers, so that all requests are of the same time.
void PictureMaker::choose_range(int64_t now) {
  const auto from = moment_ms(request_.from, now), to = moment_ms(request_.to, now);
  selection_.from = from ? std::to_string(*from) : request_.from;
  selection_.to = to ? std::to_string(*to) : request_.to;
  has_range_ = from && to && *from < *to;
  if (has_range_) grid_.from = *from;
  if (has_range_) grid_.to = *to;
}

void PictureMaker::read_totals_of_kind() {
  totals_ = read_totals(reader_, selection_, request_.stats);
  selection_.kind = totals_.kind;
  view_ = &view_of(totals_.kind);
  plotted_ = request_.stats.empty() ? std::vector{view_->plotted} : request_.stats;
  std::erase_if(totals_.series, [](const Series& series) { return series.points.empty(); });
  if (totals_.series.empty() || !request_.stats.empty()) return;
  totals_ = read_totals(reader_, selection_, totals_.series.size() > 1 ? view_->listed : view_->stats);
  if (totals_.stats == std::vector<std::string>{"value"}) totals_.stats = view_->stats;
  std::erase_if(totals_.series, [](const Series& series) { return series.points.empty(); });
}

void PictureMaker::choose_form() {
  form_ = request_.form;
  if (form_ == Form::chosen) form_ = totals_.series.size() > 1 ? Form::list : Form::plot;
  if (!has_range_) {  // what there is says which
    grid_.from = totals_.series.front().points.front().from;
    grid_.to = grid_.from + 1;
    for (const Series& series : totals_.series) {
      grid_.from = std::min(grid_.from, series.points.front().from);
      grid_.to = std::max(grid_.to, series.points.back().to);
    }
  }
  const size_t slots = form_ == Form::plot   ? plot_columns(terminal_) * 2
                       : form_ == Form::list ? spark_columns(terminal_, totals_.stats.size())
                                             : 60;
  grid_.period = request_.period != 0 ? request_.period : Grid::period_for(grid_.to - grid_.from, slots);
  if ((grid_.to - grid_.from) / grid_.period > Grid::kMostPeriods)
    throw Failure(kUsage, "--period: more than a million points; a longer one, or a shorter range");
}

/// The same, so long ago.
Selection PictureMaker::earlier() const {
  Selection earlier = selection_;
  earlier.from = std::to_string(grid_.from - request_.compare);
  earlier.to = std::to_string(grid_.to - request_.compare);
  return earlier;
}

void PictureMaker::read_all_points() {
  points_ = read_points(reader_, selection_, plotted_, grid_.period, form_ != Form::table);
  std::erase_if(points_.series,
                [this](const Series& series) { return series_named(totals_, series.name) == nullptr; });
  if (request_.compare == 0) return;
  std::vector<std::string> stats = totals_.stats;
  earlier_totals_ = read_totals(reader_, earlier(), stats);
  earlier_points_ = read_points(reader_, earlier(), plotted_, grid_.period, form_ != Form::table);
}

const Series* PictureMaker::series_named(const Reading& reading, const std::string& name) const {
  const auto found = std::ranges::find(reading.series, name, &Series::name);
  return found == reading.series.end() ? nullptr : &*found;
}

std::string PictureMaker::total(const Reading& totals, const std::string& name, size_t stat) const {
  const Series* series = series_named(totals, name);
  if (series == nullptr || series->points.empty()) return {};
  const auto& values = series->points.front().values;
  return stat < values.size() ? values[stat] : "";
}

std::string PictureMaker::change_text(const std::string& name) const {
  return change_of(to_double(total(earlier_totals_, name, 0)), to_double(total(totals_, name, 0)));
}

/// "count 3,122   mean 33.1 ...", in lines as wide as the terminal.
std::string PictureMaker::totals_of(const std::string& name) const {
  const std::string indent(8, ' ');
  std::string text, line, between;
  size_t columns = 0;
  const auto add = [&](const std::string& word, const std::string& value) {
    const size_t own = columns_of(word) + columns_of(value) + 4;
    if (columns > 0 && indent.size() + columns + own > terminal_.columns + 3) {
      text += indent + line + "\n";
      line = between = "";
      columns = 0;
    }
    line += between + terminal_.faint(word) + " " + terminal_.bold(value);
    between = "   ";
    columns += own;
  };
  for (size_t i = 0; i < totals_.stats.size(); ++i) add(totals_.stats[i], readable(total(totals_, name, i)));
  if (totals_.kind == "counter" && has_range_) {
    const double seconds = static_cast<double>(grid_.to - grid_.from) / 1000;
    add("a second", brief(to_double(total(totals_, name, 0)) / seconds));
  }
  if (request_.compare != 0) {
    add(span_text(request_.compare) + " before", readable(total(earlier_totals_, name, 0)));
    add("change", change_text(name));
  }
  return text + indent + line + "\n";
}

std::string PictureMaker::plot_of(const Series& series, size_t stat) const {
  const bool filled =
      view_->filled && (plotted_[stat] == "sum" || plotted_[stat] == "unique" || plotted_[stat] == "rate");
  const PlotStyle style{filled};
  std::vector<double> values = grid_.lay(series, stat, filled), all = values, before;
  const Series* other = series_named(earlier_points_, series.name);
  if (request_.compare != 0) {
    Grid grid = grid_;
    grid.from -= request_.compare;
    grid.to -= request_.compare;
    before = grid.lay(other == nullptr ? Series() : *other, stat, filled);
    all.insert(all.end(), before.begin(), before.end());
  }
  const Scale scale = Scale::of(all, view_->from_zero);
  const auto title = [&](const std::string& more) {
    const std::string words =
        fmt::format("  {}{} by {}{}", view_->kind == plotted_[stat] ? "" : std::string(view_->kind) + ", ",
                    plotted_[stat], span_text(grid_.period), more);
    const size_t least = std::min<size_t>(columns_of(printable(series.name)), 10);
    const size_t room = terminal_.columns - std::min(terminal_.columns - least, words.size());
    const std::string name = cut_to(printable(series.name), room);
    return terminal_.bold(name) + terminal_.faint(cut_behind(words, terminal_.columns - columns_of(name))) +
           "\n";
  };
  std::string text = title("") + draw_plot(terminal_, grid_, joined(values), scale, style);
  if (request_.compare == 0) return text;
  Grid grid = grid_;
  grid.from -= request_.compare;
  grid.to -= request_.compare;
  return text + title(", " + span_text(request_.compare) + " before") +
         draw_plot(terminal_, grid, joined(before), scale, style);
}

std::string PictureMaker::plots() const {
  std::string text;
  size_t drawn = 0;
  for (const Series& series : points_.series) {
    if (drawn++ == kMostPlots) {
      fmt::print(stderr, "kilometric: {} more are not drawn; --spark gives each a line\n",
                 points_.series.size() - kMostPlots);
      break;
    }
    if (!text.empty()) text += '\n';
    for (size_t stat = 0; stat < plotted_.size(); ++stat) text += plot_of(series, stat);
    text += totals_of(series.name);
  }
  return text;
}

std::string PictureMaker::list() const {
  std::vector<ListRow> rows;
  for (const Series& series : points_.series) {
    ListRow row{series.name, grid_.lay(series, 0, false), {}};
    for (size_t i = 0; i < totals_.stats.size(); ++i)
      row.cells.push_back(brief_of(total(totals_, series.name, i)));
    if (request_.compare != 0) row.cells.insert(row.cells.begin() + 1, change_text(series.name));
    rows.push_back(std::move(row));
  }
  std::vector<std::string> heads = totals_.stats;
  if (request_.compare != 0) heads.insert(heads.begin() + 1, "change");
  const int64_t span = grid_.to - grid_.from;
  return draw_list(
      terminal_, rows,
      fmt::format("{}, from {} by {}", view_->kind, time_text(grid_.from, span), span_text(grid_.period)),
      heads);
}

std::string PictureMaker::table_of(const Series& series) const {
  constexpr size_t kTime = 19, kColumn = 14;
  std::string text = padded("time", kTime);
  for (const std::string& stat : plotted_) text += padded_left(stat, kColumn);
  text = terminal_.faint(text) + "\n";
  for (const Point& point : series.points) {
    text += padded(full_time(point.from), kTime);
    for (const std::string& value : point.values) text += padded_left(readable(value), kColumn);
    text += '\n';
  }
  return text;
}

std::string PictureMaker::table() const {
  std::string text;
  for (const Series& series : points_.series) {
    if (!text.empty()) text += '\n';
    text += terminal_.bold(printable(series.name)) +
            terminal_.faint(fmt::format("  {}, by {}", view_->kind, span_text(grid_.period))) + "\n" +
            table_of(series);
  }
  return text;
}

void PictureMaker::say_nothing_found() const {
  const bool all = request_.from == "-";
  fmt::print(stderr, "kilometric: nothing of {} {}; `kilometric keys` lists what there is\n",
             printable(fmt::format("{}", fmt::join(request_.selection.keys, ", "))),
             all ? "is there" : "since " + printable(request_.from) + " (--from - looks through all)");
}

Picture PictureMaker::make() {
  choose_range(now_ms());
  read_totals_of_kind();
  if (totals_.series.empty()) {
    say_nothing_found();
    return {"", totals_.kind, false};
  }
  choose_form();
  read_all_points();
  return {form_ == Form::plot ? plots() : form_ == Form::list ? list() : table(), totals_.kind, true};
}

}  // namespace

Picture draw_picture(const Reader& reader, const PictureRequest& request) {
  return PictureMaker(reader, request).make();
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

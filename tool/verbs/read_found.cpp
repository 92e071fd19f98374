#include "tool/verbs/read_found.h"

#include <algorithm>

#include "tool/failure.h"
#include "tool/show/number.h"
#include "tool/show/series_list.h"
#include "tool/show/series_plot.h"
#include "tool/show/time.h"

namespace kilometric::tool {
namespace {

class Finder {
 public:
  Finder(const Reader& reader, const PictureRequest& request)
      : reader_(reader), request_(request), selection_(request.selection) {
    found_.compare = request.compare;
  }

  Found find() {
    choose_range(now_ms());
    read_totals_of_kind();
    if (found_.nothing()) return std::move(found_);
    choose_form();
    read_all_points();
    return std::move(found_);
  }

 private:
  using Form = PictureRequest::Form;

  void choose_range(int64_t now);
  void read_totals_of_kind();
  void choose_form();
  Selection earlier() const;
  void read_all_points();

  const Reader& reader_;
  const PictureRequest& request_;
  Selection selection_;  ///< of this moment
  Found found_;
};

/// What is understood here becomes numbers, so that all requests are of the same time.
void Finder::choose_range(int64_t now) {
  const auto from = moment_ms(request_.from, now), to = moment_ms(request_.to, now);
  selection_.from = from ? std::to_string(*from) : request_.from;
  selection_.to = to ? std::to_string(*to) : request_.to;
  found_.has_range = from && to && *from < *to;
  if (found_.has_range) found_.grid.from = *from;
  if (found_.has_range) found_.grid.to = *to;
}

void Finder::read_totals_of_kind() {
  found_.totals = read_totals(reader_, selection_, request_.stats);
  selection_.kind = found_.totals.kind;
  found_.view = &view_of(found_.totals.kind);
  found_.plotted = request_.stats.empty() ? std::vector{found_.view->plotted} : request_.stats;
  std::erase_if(found_.totals.series, [](const Series& series) { return series.points.empty(); });
  if (found_.totals.series.empty() || !request_.stats.empty()) return;
  found_.totals = read_totals(reader_, selection_,
                              found_.totals.series.size() > 1 ? found_.view->listed : found_.view->stats);
  if (found_.totals.stats == std::vector<std::string>{"value"}) found_.totals.stats = found_.view->stats;
  std::erase_if(found_.totals.series, [](const Series& series) { return series.points.empty(); });
}

void Finder::choose_form() {
  found_.form = request_.form;
  if (found_.form == Form::chosen) found_.form = found_.totals.series.size() > 1 ? Form::list : Form::plot;
  if (!found_.has_range) {  // what there is says which
    found_.grid.from = found_.totals.series.front().points.front().from;
    found_.grid.to = found_.grid.from + 1;
    for (const Series& series : found_.totals.series) {
      found_.grid.from = std::min(found_.grid.from, series.points.front().from);
      found_.grid.to = std::max(found_.grid.to, series.points.back().to);
    }
  }
  const size_t slots = found_.form == Form::plot   ? plot_columns(found_.terminal) * 2
                       : found_.form == Form::list ? spark_columns(found_.terminal, found_.totals.stats.size())
                                                   : 60;
  found_.grid.period =
      request_.period != 0 ? request_.period : Grid::period_for(found_.grid.to - found_.grid.from, slots);
  if ((found_.grid.to - found_.grid.from) / found_.grid.period > Grid::kMostPeriods)
    throw Failure(kUsage, "--period: more than a million points; a longer one, or a shorter range");
}

/// The same, so long ago.
Selection Finder::earlier() const {
  Selection earlier = selection_;
  earlier.from = std::to_string(found_.grid.from - request_.compare);
  earlier.to = std::to_string(found_.grid.to - request_.compare);
  return earlier;
}

void Finder::read_all_points() {
  found_.points =
      read_points(reader_, selection_, found_.plotted, found_.grid.period, found_.form != Form::table);
  std::erase_if(found_.points.series,
                [this](const Series& series) { return series_named(found_.totals, series.name) == nullptr; });
  if (request_.compare == 0) return;
  std::vector<std::string> stats = found_.totals.stats;
  found_.earlier_totals = read_totals(reader_, earlier(), stats);
  found_.earlier_points =
      read_points(reader_, earlier(), found_.plotted, found_.grid.period, found_.form != Form::table);
}

}  // namespace

const Series* series_named(const Reading& reading, const std::string& name) {
  const auto found = std::ranges::find(reading.series, name, &Series::name);
  return found == reading.series.end() ? nullptr : &*found;
}

std::string Found::total_of(const Reading& totals, const std::string& series, size_t stat) {
  const Series* one = series_named(totals, series);
  if (one == nullptr || one->points.empty()) return {};
  const auto& values = one->points.front().values;
  return stat < values.size() ? values[stat] : "";
}

std::string Found::change(const std::string& series) const {
  return change_of(to_double(earlier_total(series)), to_double(total(series, 0)));
}

Found find(const Reader& reader, const PictureRequest& request) { return Finder(reader, request).find(); }

}  // namespace kilometric::tool

#include "readerd/graphite/gather/gathering.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace kilometric::graphite {

Gathering::Reading::Reading(Store& store, Metrics wanted, const Grid& points_grid, const Pulse& pulse,
                            uint64_t stale_ms)
    : metrics(std::move(wanted)),
      grid(points_grid),
      selection(grid.selection(metrics.meaning.kind)),
      points(metrics.meaning, grid, pulse.last_flush),
      queue(store, metrics.meaning.kind, metrics.keys, selection) {
  if (selection.with_before) repeat.emplace(selection, stale_ms, points);
}

Gathering::Gathering(Loop& loop, Store& store, const Settings& settings, PointsHeld& held,
                     std::vector<Wish> wishes, int64_t step, const Pulse& pulse, Alive alive,
                     std::function<void(Result<Gathered> result)> on_end)
    : loop_(loop),
      store_(store),
      settings_(settings),
      held_(held),
      wishes_(std::move(wishes)),
      step_(step),
      pulse_(pulse),
      alive_(std::move(alive)),
      on_end_(std::move(on_end)) {}

void Gathering::next_wish() {
  if (wish_ == wishes_.size()) return end(std::move(gathered_));
  const Wish& wish = wishes_[wish_++];
  gathered_[wish];
  resolve(loop_, store_, wish.path, settings_.graphite_names, kMostSeries, regex_steps_, alive_,
          [self = shared_from_this()](const Result<Resolution>& result) {
            if (const auto* refusal = std::get_if<Refusal>(&result)) return self->end(*refusal);
            self->on_resolution(std::get<Resolution>(result));
          });
}

void Gathering::on_resolution(const Resolution& resolution) {
  if (const auto refusal = too_much(resolution)) return end(*refusal);
  resolution_ = resolution;
  std::ranges::reverse(resolution_);
  next_metrics();
}

std::optional<Refusal> Gathering::too_much(const Resolution& resolution) {
  const Wish& wish = wishes_[wish_ - 1];
  const Grid grid(wish.from, wish.until, step_, pulse_.interval);
  size_t series = 0;
  for (const Metrics& metrics : resolution) series += metrics.keys.size();
  series_ += series;
  points_ += series * grid.count;
  if (series_ > kMostSeries)
    return Refusal{400, fmt::format("the targets match more than {} series", kMostSeries)};
  if (points_ > kMostPoints)
    return Refusal{400,
                   fmt::format("the targets have more than {} points: ask for a shorter range or fewer series",
                               kMostPoints)};
  if (!held_.take(series * grid.count))
    return Refusal{503, "other requests hold as many points as there is room for; try again"};
  return std::nullopt;
}

void Gathering::next_metrics() {
  const Wish& wish = wishes_[wish_ - 1];
  if (resolution_.empty()) {
    std::ranges::stable_sort(gathered_[wish], {}, &TimeSeries::name);
    return next_wish();
  }
  const Grid known(wish.from, std::clamp(pulse_.last_flush, wish.from, wish.until), step_, pulse_.interval);
  const auto stale_ms = static_cast<uint64_t>(std::chrono::milliseconds(settings_.gauge_stale).count());
  reading_ = std::make_shared<Reading>(store_, std::move(resolution_.back()), known, pulse_, stale_ms);
  resolution_.pop_back();
  next_series();
}

void Gathering::next_series() {
  if (reading_->queue.at_end()) return next_metrics();
  const auto reading = reading_;
  reading->sink().begin(reading->queue.next_key());
  reading->queue.begin_next(alive_, [self = shared_from_this()](const Result<Extents>& result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->end(*refusal);
    self->reading_->points.set_extents(std::get<Extents>(result));
    self->read_on();
  });
}

void Gathering::read_on() {
  const auto reading = reading_;
  reading->queue.next(alive_, [self = shared_from_this()](Result<Series::Piece> result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return self->end(*refusal);
    self->on_piece(std::get<Series::Piece>(result));
  });
}

void Gathering::on_piece(const Series::Piece& piece) {
  for (const Bucket& bucket : piece.buckets) reading_->sink().add(bucket);
  if (!piece.last) return read_on();
  reading_->sink().end();
  TimeSeries series = reading_->points.take();
  const Wish& wish = wishes_[wish_ - 1];
  series.path = wish.path;
  series.values.resize(Grid(wish.from, wish.until, step_, pulse_.interval).count, kNone);
  gathered_[wish].push_back(std::move(series));
  next_series();
}

void Gathering::end(Result<Gathered> result) { on_end_(std::move(result)); }

}  // namespace kilometric::graphite

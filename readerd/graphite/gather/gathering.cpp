#include "readerd/graphite/gather/gathering.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace kilometric::graphite {
namespace {

/// Enough for Redis to have something to do meanwhile.
constexpr size_t kAhead = 4;

}  // namespace

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
      on_end_(std::move(on_end)),
      to_be_read_(wishes_.size()) {}

void Gathering::start() {
  for (const Wish& wish : wishes_) gathered_[wish];
  next_metrics();
}

void Gathering::resolve_ahead() {
  while (!ended_ && asked_ < wishes_.size() && asked_ < wish_ + kAhead) {
    const size_t place = asked_++;
    resolve(loop_, store_, wishes_[place].path, settings_.graphite_names, kMostSeries, regex_steps_, alive_,
            [self = shared_from_this(), place](Result<Resolution> result) {
              if (self->ended_) return;
              if (const auto* refusal = std::get_if<Refusal>(&result)) return self->end(*refusal);
              self->on_resolution(place, std::get<Resolution>(std::move(result)));
            });
  }
}

void Gathering::on_resolution(size_t place, Resolution resolution) {
  const Wish& wish = wishes_[place];
  if (const auto refusal = too_much(wish, resolution)) return end(*refusal);
  Readings& readings = to_be_read_[place].emplace();
  for (Metrics& metrics : resolution) readings.push_back(reading_of(wish, std::move(metrics)));
  for (const auto& reading : readings) reading->queue.prepare(alive_);
  if (place == wish_ && reading_ == nullptr) next_metrics();
}

std::optional<Refusal> Gathering::too_much(const Wish& wish, const Resolution& resolution) {
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

std::shared_ptr<Gathering::Reading> Gathering::reading_of(const Wish& wish, Metrics metrics) {
  const Grid known(wish.from, std::clamp(pulse_.last_flush, wish.from, wish.until), step_, pulse_.interval);
  const auto stale_ms = static_cast<uint64_t>(std::chrono::milliseconds(settings_.gauge_stale).count());
  return std::make_shared<Reading>(store_, std::move(metrics), known, pulse_, stale_ms);
}

void Gathering::next_metrics() {
  reading_.reset();
  while (wish_ < wishes_.size() && to_be_read_[wish_] && to_be_read_[wish_]->empty()) {
    std::ranges::stable_sort(gathered_[wishes_[wish_]], {}, &TimeSeries::name);
    ++wish_;
  }
  if (wish_ == wishes_.size()) return end(std::move(gathered_));
  if (!to_be_read_[wish_]) return resolve_ahead();
  reading_ = std::move(to_be_read_[wish_]->front());
  to_be_read_[wish_]->pop_front();
  resolve_ahead();
  next_series();
}

void Gathering::next_series() {
  if (ended_) return;  // another path is refused
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
  if (ended_) return;
  for (const Bucket& bucket : piece.buckets) reading_->sink().add(bucket);
  if (!piece.last) return read_on();
  reading_->sink().end();
  TimeSeries series = reading_->points.take();
  const Wish& wish = wishes_[wish_];
  series.path = wish.path;
  series.values.resize(Grid(wish.from, wish.until, step_, pulse_.interval).count, kNone);
  gathered_[wish].push_back(std::move(series));
  next_series();
}

void Gathering::end(Result<Gathered> result) {
  if (!std::exchange(ended_, true)) on_end_(std::move(result));
}

}  // namespace kilometric::graphite

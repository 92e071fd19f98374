#include "readerd/series/open_series.h"

#include <utility>
#include <variant>

namespace kilometric {
namespace {

/// A piece of more buckets is not asked for ahead: it may be a megabyte.
constexpr uint64_t kMostBucketsAhead = 100;
/// Packed hours come in small pages, and one of them is a piece.
constexpr uint64_t kMostPointsAhead = kPageEntries;

bool may_be_ahead(const Extents& extents, const Selection& selection) {
  return extents.most_buckets(selection) <= kMostBucketsAhead ||
         (extents.points.length > 0 && extents.points.hour_points <= kMostPointsAhead);
}

}  // namespace

void OpenSeries::ask(const Alive& alive, Ends ends, bool ahead) {
  ask_extents(store_, kind_, key_, selection_, ends, alive,
              [self = shared_from_this(), alive, ahead](const Result<Extents>& result) {
                self->on_extents(result, alive, ahead);
              });
}

void OpenSeries::on_extents(const Result<Extents>& result, const Alive& alive, bool ahead) {
  extents_ = result;
  if (const auto* extents = std::get_if<Extents>(&*extents_)) {
    series_.emplace(store_, kind_, key_, selection_, *extents);
    if (ahead && may_be_ahead(*extents, selection_)) ask_first(alive);
  }
  if (on_extents_) std::exchange(on_extents_, nullptr)(*extents_);
}

void OpenSeries::when_known(Store::On<Extents> on_extents) {
  if (extents_) return on_extents(*extents_);
  on_extents_ = std::move(on_extents);
}

void OpenSeries::ask_first(const Alive& alive) {
  first_asked_ = true;
  series_->next(alive, [self = shared_from_this()](Result<Series::Piece> piece) {
    if (!self->on_first_) {
      self->first_ = std::move(piece);
      return;
    }
    self->first_asked_ = false;
    std::exchange(self->on_first_, nullptr)(std::move(piece));
  });
}

void OpenSeries::next(const Alive& alive, Series::OnPiece on_piece) {
  if (!first_asked_) return series_->next(alive, std::move(on_piece));
  if (!first_) {
    on_first_ = std::move(on_piece);
    return;
  }
  first_asked_ = false;
  on_piece(*std::exchange(first_, std::nullopt));
}

}  // namespace kilometric

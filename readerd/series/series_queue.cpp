#include "readerd/series/series_queue.h"

#include <utility>

namespace kilometric {
namespace {

/// Enough for Redis always to have something to do.
constexpr size_t kAhead = 4;

}  // namespace

/// Of the first series, whose turn it is at once, no piece is asked for before its owner wants it.
void SeriesQueue::begin_next(const Alive& alive, Store::On<Extents> on_extents) {
  ++turn_;
  if (ahead_.empty()) open_next(alive, false);
  current_ = std::move(ahead_.front());
  ahead_.pop_front();
  current_->when_known(std::move(on_extents));
}

void SeriesQueue::next(const Alive& alive, Series::OnPiece on_piece) {
  current_->next(alive, std::move(on_piece));
  while (opened_ < keys_.size() && ahead_.size() < kAhead) open_next(alive, true);
}

void SeriesQueue::open_next(const Alive& alive, bool ahead) {
  ahead_.push_back(std::make_shared<OpenSeries>(store_, kind_, keys_[opened_++], selection_));
  ahead_.back()->ask(alive, ends_, ahead);
}

}  // namespace kilometric

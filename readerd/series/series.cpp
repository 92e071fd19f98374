#include "readerd/series/series.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/metric/each_point.h"
#include "common/metric/each_sum.h"
#include "common/redis/layout.h"

namespace kilometric {

Series::Series(Store& store, Kind kind, std::string_view key, const Selection& selection,
               const Extents& extents)
    : store_(store),
      kind_(kind),
      key_(key),
      selection_(selection),
      extents_(extents),
      parts_(store, kind, key, extents.plan(kind, selection), selection.order, extents),
      buckets_(selection.period, selection.order),
      before_known_(!needs_before(kind) || selection.range.from.ms == 0) {}

void Series::next(Alive alive, OnPiece on_piece) {
  if (asks_before()) {
    before_known_ = true;
    return ask_before(selection_.range.from, std::move(alive), on_piece,
                      [this, on_piece](const Before& before) { on_piece(before_piece(before)); });
  }
  if (parts_.at_end()) return on_piece(last_piece());
  if (const auto hour = selection_.ascending() ? parts_.take_whole_hour() : std::nullopt)
    return on_piece(piece_of(*hour));
  parts_.next(alive, [this, alive, on_piece = std::move(on_piece)](Result<PartReader::Piece> result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return on_piece(*refusal);
    on_entries(std::get<PartReader::Piece>(std::move(result)), alive, on_piece);
  });
}

/// Ascending it is the first thing to be known, and descending the last.
bool Series::asks_before() const {
  return !before_known_ && (selection_.ascending() || (selection_.with_before && parts_.at_end()));
}

void Series::ask_before(const StreamId& moment, Alive alive, OnPiece on_piece,
                        std::function<void(const Before& before)> then) {
  find_before(store_, kind_, key_, moment, std::move(alive),
              [on_piece = std::move(on_piece), then = std::move(then)](const Result<Before>& result) {
                if (const auto* refusal = std::get_if<Refusal>(&result)) return on_piece(*refusal);
                then(std::get<Before>(result));
              });
}

/// Goes on from it; and gives it as a bucket if that is wanted, behind which there is nothing when descending.
Series::Piece Series::before_piece(const Before& before) {
  last_ = LastValue(before.delta);
  Piece piece = selection_.ascending() ? Piece() : last_piece();
  if (selection_.with_before && before.delta) {
    const uint64_t to = std::min(before.ms, selection_.range.from.ms - 1);
    piece.buckets.push_back({selection_.period.start_of(before.ms), to, *before.delta});
  }
  return piece;
}

void Series::on_entries(PartReader::Piece piece, Alive alive, OnPiece on_piece) {
  if (needs_before(kind_))
    return resolve(std::move(piece.entries), piece.tier, std::move(alive), std::move(on_piece));
  on_piece(piece_of(std::move(piece.entries)));
}

/// Descending, sums of hours and days are taken as they are: they are resolved.
void Series::resolve(std::vector<Entry> entries, Tier tier, Alive alive, OnPiece on_piece) {
  const bool sums = tier == Tier::hour || tier == Tier::day;
  const auto resolve_by = [sums](LastValue& last, Entry& entry) {
    last.resolve(entry.delta, sums ? kMostMs : entry.id.ms);
  };
  if (selection_.ascending()) {
    for (Entry& entry : entries) resolve_by(last_, entry);
    return on_piece(piece_of(std::move(entries)));
  }
  if (sums || entries.empty()) return on_piece(piece_of(std::move(entries)));
  const StreamId first = entries.back().id;
  ask_before(first, std::move(alive), on_piece,
             [this, on_piece, resolve_by, entries = std::move(entries)](const Before& before) mutable {
               LastValue last(before.delta);
               std::for_each(entries.rbegin(), entries.rend(), [&](Entry& entry) { resolve_by(last, entry); });
               on_piece(piece_of(std::move(entries)));
             });
}

Series::Piece Series::piece_of(std::vector<Entry> entries) {
  Piece piece;
  for (Entry& entry : entries) buckets_.add(entry.id.ms, std::move(entry.delta), piece.buckets);
  return piece;
}

/// Of a damaged hour nothing is kept.
Series::Piece Series::piece_of(const PackedEntry& hour) {
  Piece piece;
  const uint64_t periods = selection_.period.buckets_between(hour.start, hour.start + layout::kHourMs - 1);
  const uint64_t points = points_in(hour.points);
  piece.buckets.reserve(std::min(periods, points));
  Buckets buckets = buckets_;
  LastValue last = last_;
  const bool resolves = needs_before(kind_);
  const auto add = [&](uint64_t ms, Delta&& delta) {
    if (resolves) last.resolve(delta, ms);
    buckets.add(ms, std::move(delta), piece.buckets);
  };
  const auto end_of = [&](uint64_t ms) { return buckets.end_of(ms); };
  const bool as_sums = kind_ == Kind::counter && !selection_.period.is_whole() && periods < points;
  const bool sound = as_sums ? each_sum(hour.start, hour.points, end_of, add)
                             : each_point(kind_, hour.start, hour.points, add);
  if (!sound) {
    parts_.tell_damaged(hour.start);
    return {};
  }
  buckets_ = std::move(buckets);
  last_ = std::move(last);
  return piece;
}

Series::Piece Series::last_piece() {
  Piece piece{{}, true};
  if (auto bucket = buckets_.finish())
    piece.buckets.push_back(selection_.period.is_whole() ? extents_.with_exact_ends(*std::move(bucket))
                                                         : *std::move(bucket));
  return piece;
}

}  // namespace kilometric

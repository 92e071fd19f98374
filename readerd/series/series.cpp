#include "readerd/series/series.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace kilometric {

Series::Series(Store& store, Kind kind, std::string_view key, const Selection& selection,
               const Extents& extents)
    : store_(store),
      kind_(kind),
      key_(key),
      selection_(selection),
      extents_(extents),
      parts_(make_plan(selection.range, selection.period.grain(selection.range), extents.hour, extents.day)),
      buckets_(selection.period, selection.order) {
  if (selection.ascending()) std::ranges::reverse(parts_);
}

void Series::next(Alive alive, Store::On<Piece> on_piece) {
  if (parts_.empty()) return on_piece(last_piece());
  const Part& part = parts_.back();
  store_.fetch({kind_, stream_of(kind_, part.tier, key_), part.range, selection_.order}, std::move(alive),
               [this, on_piece = std::move(on_piece)](const Result<Page>& result) {
                 if (const auto* refusal = std::get_if<Refusal>(&result)) return on_piece(*refusal);
                 on_piece(piece_of(std::get<Page>(result)));
               });
}

Series::Piece Series::piece_of(const Page& page) {
  if (page.rest)
    parts_.back().range = *page.rest;
  else
    parts_.pop_back();
  Piece piece;
  for (const Entry& entry : page.entries)
    if (const auto bucket = buckets_.add(entry)) piece.buckets.push_back(*bucket);
  return piece;
}

Series::Piece Series::last_piece() const {
  Piece piece{{}, true};
  if (const auto bucket = buckets_.finish())
    piece.buckets.push_back(selection_.period.is_whole() ? extents_.with_exact_ends(*bucket) : *bucket);
  return piece;
}

}  // namespace kilometric

#include "readerd/series/extents.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/redis/layout.h"
#include "readerd/series/part_reader.h"

namespace kilometric {
namespace {

/// The hours that lie wholly within `range`, as IDs of the hour tier. An empty range (from > to) if there are
/// none.
IdRange starts_of_hours(const IdRange& range) {
  if (range.to == kLastId) return range;
  const uint64_t end = range.to.ms + (range.to.sequence == kMostSequence ? 1 : 0);
  if (end < layout::kHourMs) return {kLastId, kFirstId};
  return {range.from, {end - layout::kHourMs, kMostSequence}};
}

/// The questions. It keeps itself alive while one of them is on its way.
class Asking : public std::enable_shared_from_this<Asking> {
 public:
  Asking(Store& store, Kind kind, std::string_view key, const Selection& selection, Alive alive,
         Store::On<Extents> on_extents)
      : store_(store),
        kind_(kind),
        key_(key),
        selection_(selection),
        grain_(selection.period.grain(selection.range)),
        alive_(std::move(alive)),
        on_extents_(std::move(on_extents)) {}

  void start(bool ends) {
    ask_info(Tier::raw, &Extents::raw);
    ask_info(Tier::hour, &Extents::hour);
    if (asks_days()) ask_info(Tier::day, &Extents::day);
    if (grain_ < layout::kHourMs) ask_info(Tier::points, &Extents::points);
    if (!ends) return;
    const IdRange& range = selection_.range;
    ask_end(Tier::raw, range, Order::ascending, &Extents::raw_first);
    ask_end(Tier::raw, range, Order::descending, &Extents::raw_last);
    ask_end(Tier::hour, starts_of_hours(range), Order::ascending, &Extents::hour_first);
    ask_end(Tier::hour, starts_of_hours(range), Order::descending, &Extents::hour_last);
  }

 private:
  /// Whether days can be of use: in a plan, or to say where the series begins and ends.
  bool asks_days() const { return !selection_.from_given || !selection_.to_given || grain_ >= layout::kDayMs; }

  void ask_info(Tier tier, StreamInfo Extents::*info) {
    ++unanswered_;
    store_.stream_info(stream_of(kind_, tier, key_, store_.in_cluster()), alive_,
                       [self = shared_from_this(), tier, info](const Result<StreamInfo>& result) {
                         self->on_answer(tier, info, result);
                       });
  }

  void ask_end(Tier tier, const IdRange& range, Order order, Store::End Extents::*end) {
    ++unanswered_;
    store_.end({kind_, stream_of(kind_, tier, key_, store_.in_cluster()), range, order}, alive_,
               [self = shared_from_this(), tier, end](const Result<Store::End>& result) {
                 self->on_answer(tier, end, result);
               });
  }

  /// Of the entries in the range the first, or the last, as packed hours have it. One of two hours holds it, if
  /// any does: of the first only a part may lie in the range.
  void ask_packed_end(Order order, Store::End Extents::*end) {
    ++unanswered_;
    ends_.push_back(std::make_unique<PartReader>(store_, kind_, key_,
                                                 std::vector<Part>{{Tier::points, selection_.range}}, order));
    read_end(*ends_.back(), end);
  }

  void read_end(PartReader& reader, Store::End Extents::*end) {
    reader.next(alive_, [self = shared_from_this(), &reader, end](const Result<PartReader::Piece>& result) {
      const auto* const piece = std::get_if<PartReader::Piece>(&result);
      if (piece != nullptr && piece->entries.empty() && !reader.at_end()) return self->read_end(reader, end);
      using Answer = Result<Store::End>;
      if (piece == nullptr) return self->on_answer(Tier::points, end, Answer(std::get<Refusal>(result)));
      const bool found = !piece->entries.empty();
      self->on_answer(Tier::points, end, Answer(found ? Store::End(piece->entries.front().id) : std::nullopt));
    });
  }

  template <class T>
  void on_answer(Tier tier, T Extents::*place, const Result<T>& result) {
    --unanswered_;
    if (refused_) return;
    const auto* refusal = std::get_if<Refusal>(&result);
    if (refusal != nullptr && (tier == Tier::raw || refusal->status != 400)) {
      refused_ = true;
      return on_extents_(*refusal);
    }
    if (refusal == nullptr) extents_.*place = std::get<T>(result);
    if (unanswered_ == 0) on_answers();
  }

  void on_answers() {
    if (!std::exchange(asked_of_points_, true)) ask_of_points();
    if (unanswered_ == 0) on_extents_(extents_);
  }

  /// Whether there is a part that points may know more of than what has it now.
  bool misses_points() const {
    return std::ranges::any_of(extents_.plan(kind_, selection_), [this](const Part& part) {
      return part.coarse || (part.tier == Tier::raw && extents_.trimmed(part.range));
    });
  }

  void ask_of_points() {
    if (!extents_.trimmed(selection_.range)) return;
    if (grain_ >= layout::kHourMs && misses_points()) ask_info(Tier::points, &Extents::points);
    if (!selection_.period.is_whole()) return;
    ask_packed_end(Order::ascending, &Extents::points_first);
    if (!extents_.raw_last) ask_packed_end(Order::descending, &Extents::points_last);
  }

  Store& store_;
  const Kind kind_;
  const std::string key_;
  const Selection selection_;
  const uint64_t grain_;
  const Alive alive_;
  const Store::On<Extents> on_extents_;
  Extents extents_;
  std::vector<std::unique_ptr<PartReader>> ends_;
  int unanswered_ = 0;
  bool refused_ = false, asked_of_points_ = false;
};

}  // namespace

void ask_extents(Store& store, Kind kind, std::string_view key, const Selection& selection, Ends ends,
                 Alive alive, Store::On<Extents> on_extents) {
  std::make_shared<Asking>(store, kind, key, selection, std::move(alive), std::move(on_extents))
      ->start(ends == Ends::asked || selection.period.is_whole());
}

std::vector<Part> Extents::plan(Kind kind, const Selection& selection) const {
  return make_plan(kind, selection.range, selection.period.grain(selection.range), *this);
}

uint64_t Extents::most_periods(const Selection& selection) const {
  uint64_t from = kMostMs, to = 0;
  for (const StreamInfo* info : {&raw, &hour, &day}) {
    if (info->length == 0) continue;
    from = std::min(from, info->first.ms);
    to = std::max(to, info->last.ms);
  }
  if (points.length > 0) {
    from = std::min(from, points.first.ms);
    to = std::max(to, std::min(points.last.ms, kMostMs - layout::kHourMs) + layout::kHourMs - 1);
  }
  if (selection.from_given) from = selection.range.from.ms;
  if (selection.to_given) to = selection.range.to.ms;
  return selection.period.buckets_between(from, to);
}

/// Of points that the raw stream has not, it is an estimate: as many an hour as in the longer one of the first
/// hour and the last.
uint64_t Extents::most_buckets(const Selection& selection) const {
  uint64_t entries = raw.length + hour.length + day.length;
  const uint64_t begin = raw_begin();
  if (points.length > 0 && points.first.ms < begin)
    entries += std::min(points.length, (begin - points.first.ms) / layout::kHourMs) * points.hour_points;
  return std::min(entries, most_periods(selection));
}

std::string Extents::fingerprint() const {
  std::string text = to_text(points.first) + to_text(hour.first) + to_text(day.first);
  for (const auto& end : {raw_first, raw_last, hour_first, hour_last}) text += end ? to_text(*end) : "-";
  return text;
}

/// A total from tiers begins with the start of an hour or a day; the first entry's own time is later, and the
/// last one's too. Where raw entries have been trimmed, points tell it; where there are none the hour is what
/// is known, and where hours have been trimmed, the day.
Bucket Extents::with_exact_ends(Bucket whole) const {
  std::optional<uint64_t> first;
  if (hour_first) first = hour_first->ms;
  for (const auto& exact : {points_first, raw_first})
    if (exact && (!first || floor_to(Step{layout::kHourMs}, exact->ms) <= *first)) first = exact->ms;
  const uint64_t day_later = whole.from > kMostMs - layout::kDayMs ? kMostMs : whole.from + layout::kDayMs;
  if (first && *first >= whole.from && *first < day_later) whole.from = *first;
  for (const auto& last : {raw_last, points_last, hour_last})
    if (last) whole.to = std::max(whole.to, last->ms);
  return whole;
}

}  // namespace kilometric

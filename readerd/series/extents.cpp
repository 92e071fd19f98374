#include "readerd/series/extents.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "common/redis/layout.h"

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

/// Whether days can be of use: in a plan, or to say where the series begins and ends.
bool asks_days(const Selection& selection) {
  return !selection.from_given || !selection.to_given ||
         selection.period.grain(selection.range) >= layout::kDayMs;
}

/// The questions. It keeps itself alive while one of them is on its way.
class Asking : public std::enable_shared_from_this<Asking> {
 public:
  Asking(Store& store, Kind kind, std::string_view key, const IdRange& range, Alive alive,
         Store::On<Extents> on_extents)
      : store_(store),
        kind_(kind),
        key_(key),
        range_(range),
        alive_(std::move(alive)),
        on_extents_(std::move(on_extents)) {}

  void start(bool days, bool ends) {
    ask_info(Tier::raw, &Extents::raw);
    ask_info(Tier::hour, &Extents::hour);
    if (days) ask_info(Tier::day, &Extents::day);
    if (!ends) return;
    ask_end(Tier::raw, range_, Order::ascending, &Extents::raw_first);
    ask_end(Tier::raw, range_, Order::descending, &Extents::raw_last);
    ask_end(Tier::hour, starts_of_hours(range_), Order::ascending, &Extents::hour_first);
    ask_end(Tier::hour, starts_of_hours(range_), Order::descending, &Extents::hour_last);
  }

 private:
  void ask_info(Tier tier, StreamInfo Extents::*info) {
    ++unanswered_;
    store_.stream_info(stream_of(kind_, tier, key_), alive_,
                       [self = shared_from_this(), tier, info](const Result<StreamInfo>& result) {
                         self->on_answer(tier, info, result);
                       });
  }

  void ask_end(Tier tier, const IdRange& range, Order order, Store::End Extents::*end) {
    ++unanswered_;
    store_.end({kind_, stream_of(kind_, tier, key_), range, order}, alive_,
               [self = shared_from_this(), tier, end](const Result<Store::End>& result) {
                 self->on_answer(tier, end, result);
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
    if (unanswered_ == 0) on_extents_(extents_);
  }

  Store& store_;
  const Kind kind_;
  const std::string key_;
  const IdRange range_;
  const Alive alive_;
  const Store::On<Extents> on_extents_;
  Extents extents_;
  int unanswered_ = 0;
  bool refused_ = false;
};

}  // namespace

std::string stream_of(Kind kind, Tier tier, std::string_view key) {
  if (tier == Tier::raw) return layout::stream_name(kind, key);
  return tier == Tier::hour ? layout::hour_name(kind, key) : layout::day_name(kind, key);
}

void ask_extents(Store& store, Kind kind, std::string_view key, const Selection& selection, Ends ends,
                 Alive alive, Store::On<Extents> on_extents) {
  std::make_shared<Asking>(store, kind, key, selection.range, std::move(alive), std::move(on_extents))
      ->start(asks_days(selection), ends == Ends::asked || selection.period.is_whole());
}

uint64_t Extents::most_periods(const Selection& selection) const {
  uint64_t from = kMostMs, to = 0;
  for (const StreamInfo* info : {&raw, &hour, &day}) {
    if (info->length == 0) continue;
    from = std::min(from, info->first.ms);
    to = std::max(to, info->last.ms);
  }
  if (selection.from_given) from = selection.range.from.ms;
  if (selection.to_given) to = selection.range.to.ms;
  return selection.period.buckets_between(from, to);
}

uint64_t Extents::most_buckets(const Selection& selection) const {
  return std::min(raw.length + hour.length + day.length, most_periods(selection));
}

std::string Extents::fingerprint() const {
  std::string text = to_text(hour.first) + to_text(day.first);
  for (const auto& end : {raw_first, raw_last, hour_first, hour_last}) text += end ? to_text(*end) : "-";
  return text;
}

/// A total from tiers begins with the start of an hour or a day; the first entry's own time is later, and the
/// last one's too. Where raw entries have been trimmed, the hour is what is known; where hours have been, the
/// day.
Bucket Extents::with_exact_ends(Bucket whole) const {
  std::optional<uint64_t> first;
  if (hour_first) first = hour_first->ms;
  if (raw_first && (!first || raw_first->ms - raw_first->ms % layout::kHourMs <= *first)) first = raw_first->ms;
  const uint64_t day_later = whole.from > kMostMs - layout::kDayMs ? kMostMs : whole.from + layout::kDayMs;
  if (first && *first >= whole.from && *first < day_later) whole.from = *first;
  for (const auto& last : {raw_last, hour_last})
    if (last) whole.to = std::max(whole.to, last->ms);
  return whole;
}

}  // namespace kilometric

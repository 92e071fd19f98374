#include "readerd/series/series.h"

#include <algorithm>
#include <utility>

#include "common/redis/layout.h"

namespace kilometric {
namespace {

/// The starts of hours that lie in it as a whole. Nothing: from above to.
IdRange starts_of_hours(const IdRange& range) {
  if (range.to == kLastId) return range;
  const uint64_t end = range.to.ms + (range.to.sequence == kMostSequence ? 1 : 0);
  if (end < layout::kHourMs) return {kLastId, kFirstId};
  return {range.from, {end - layout::kHourMs, kMostSequence}};
}

}  // namespace

Series::Series(Owner& owner, Store& store, const Query& query, std::string key)
    : owner_(owner), store_(store), query_(query), key_(std::move(key)), buckets_(query.period) {}

std::string Series::stream_of(Tier tier) const {
  if (tier == Tier::raw) return layout::stream_name(key_);
  return tier == Tier::hour ? layout::hour_name(key_) : layout::day_name(key_);
}

void Series::start() {
  unanswered_ = 7;
  ask_stream_info(stream_of(Tier::raw), raw_, false);
  ask_stream_info(stream_of(Tier::hour), hour_, true);
  ask_stream_info(stream_of(Tier::day), day_, true);
  ask_end(Tier::raw, Order::ascending, raw_first_);
  ask_end(Tier::raw, Order::descending, raw_last_);
  ask_end(Tier::hour, Order::ascending, hour_first_);
  ask_end(Tier::hour, Order::descending, hour_last_);
}

/// `optional`: one that cannot be read is as good as none.
void Series::ask_stream_info(const std::string& stream, StreamInfo& info, bool optional) {
  store_.stream_info(
      stream, [owner = owner_.self()] { return owner->wanted(); },
      [this, owner = owner_.self(), &info, optional](const Result<StreamInfo>& result) {
        if (const auto* found = std::get_if<StreamInfo>(&result)) info = *found;
        answered(optional, std::get_if<Refusal>(&result));
      });
}

void Series::ask_end(Tier tier, Order order, std::optional<StreamId>& end) {
  const IdRange range = tier == Tier::hour ? starts_of_hours(query_.range) : query_.range;
  store_.end(
      {stream_of(tier), range, order}, [owner = owner_.self()] { return owner->wanted(); },
      [this, owner = owner_.self(), tier, &end](const Result<Store::End>& result) {
        if (const auto* id = std::get_if<Store::End>(&result)) end = *id;
        answered(tier != Tier::raw, std::get_if<Refusal>(&result));
      });
}

void Series::answered(bool optional, const Refusal* refusal) {
  --unanswered_;
  if (refused_ || !owner_.wanted()) return;
  const bool matters = refusal != nullptr && (!optional || refusal->status != 400);
  if (matters) {
    refused_ = true;
    return owner_.on_refusal(*refusal);
  }
  if (unanswered_ > 0) return;
  make_parts();
  owner_.on_known();
}

void Series::make_parts() {
  parts_ = make_plan(query_.range, query_.period.grain(query_.range), hour_, day_);
  if (query_.order == Order::ascending) std::ranges::reverse(parts_);
}

uint64_t Series::most_periods() const {
  uint64_t first = kMostMs, last = 0;
  for (const StreamInfo* info : {&raw_, &hour_, &day_}) {
    if (info->length == 0) continue;
    first = std::min(first, info->first.ms);
    last = std::max(last, info->last.ms);
  }
  if (query_.from_given) first = query_.range.from.ms;
  if (query_.to_given) last = query_.range.to.ms;
  return query_.period.buckets_between(first, last);
}

uint64_t Series::most_buckets() const {
  return std::min(raw_.length + hour_.length + day_.length, most_periods());
}

std::string Series::fingerprint() const {
  std::string text = to_text(hour_.first) + to_text(day_.first);
  for (const auto& end : {raw_first_, raw_last_, hour_first_, hour_last_}) text += end ? to_text(*end) : "-";
  return text;
}

void Series::go_on() {
  if (parts_.empty()) {
    const auto bucket = buckets_.finish();
    if (!bucket) return owner_.on_buckets({}, true);
    const Bucket last = query_.period.is_whole() ? with_exact_ends(*bucket) : *bucket;
    return owner_.on_buckets(std::span(&last, 1), true);
  }
  const Part& part = parts_.back();
  store_.fetch(
      {stream_of(part.tier), part.range, query_.order}, [owner = owner_.self()] { return owner->wanted(); },
      [this, owner = owner_.self()](const Result<Page>& result) { on_page(result); });
}

void Series::on_page(const Result<Page>& result) {
  if (!owner_.wanted()) return;
  if (const auto* refusal = std::get_if<Refusal>(&result)) return owner_.on_refusal(*refusal);
  const Page& page = std::get<Page>(result);
  if (page.rest)
    parts_.back().range = *page.rest;
  else
    parts_.pop_back();
  std::vector<Bucket> ended;
  for (const Entry& entry : page.entries)
    if (const auto bucket = buckets_.add(entry)) ended.push_back(*bucket);
  owner_.on_buckets(ended, false);
}

/// A total from tiers begins with the start of an hour or a day; the first entry's own time is later, and
/// the last one's too. Where raw entries have been trimmed, the hour is what is known; where hours have
/// been, the day.
Bucket Series::with_exact_ends(Bucket whole) const {
  std::optional<uint64_t> first;
  if (hour_first_) first = hour_first_->ms;
  if (raw_first_ && (!first || raw_first_->ms - raw_first_->ms % layout::kHourMs <= *first))
    first = raw_first_->ms;
  const uint64_t day_later = whole.from > kMostMs - layout::kDayMs ? kMostMs : whole.from + layout::kDayMs;
  if (first && *first >= whole.from && *first < day_later) whole.from = *first;
  for (const auto& last : {raw_last_, hour_last_})
    if (last) whole.to = std::max(whole.to, last->ms);
  return whole;
}

}  // namespace kilometric

#include "readerd/series/part_reader.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/metric/points.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

/// A page of hours should have no more bytes, nor points: it is read between two turns of the loop.
constexpr uint64_t kMostOfPage = 64 * 1024;
constexpr size_t kMostHours = 100, kHoursUnseen = 4;
constexpr size_t kMostHoursAtFirst = 26;  ///< a day's, wherever it begins, and one that is not there

size_t hours_of_page(uint64_t bytes, uint64_t points, size_t most) {
  return std::clamp<size_t>(kMostOfPage / std::max<uint64_t>({bytes, points, 1}), 1, most);
}

/// The hours that hold this range, as IDs of their entries.
IdRange hours_that_hold(const IdRange& range) {
  return {{floor_to(Step{layout::kHourMs}, range.from.ms), 0}, {range.to.ms, kMostSequence}};
}

/// Those that lie in `range`, the entries of each millisecond numbered.
std::vector<Entry> entries_of(std::vector<Point> points, const IdRange& range) {
  std::vector<Entry> entries;
  entries.reserve(points.size());
  StreamId id{};
  bool first = true;
  for (Point& point : points) {
    id = {point.ms, !std::exchange(first, false) && point.ms == id.ms ? id.sequence + 1 : 0};
    if (id >= range.from && id <= range.to) entries.push_back({id, std::move(point.delta)});
  }
  return entries;
}

/// Appends `part`: of a tier with few gaps as parts of a page each, which are never full, as then it would be
/// asked what is behind.
void add_pages(std::vector<Part>& parts, Part part, Kind kind, const Reach& reach) {
  const bool days = part.tier == Tier::day;
  const StreamInfo& tier = days ? reach.day : reach.hour;
  const uint64_t unit = days ? layout::kDayMs : layout::kHourMs, page = (entries_of_page(kind) - 1) * unit;
  const uint64_t first = std::max(part.range.from.ms, tier.first.ms),
                 last = std::min(part.range.to.ms, tier.last.ms);
  const bool close =
      (days || part.tier == Tier::hour) && first <= last && (last - first) / unit < 2 * tier.length;
  for (uint64_t start = floor_to(Step{unit}, first); close && last - start >= page;) {
    start += page;
    parts.push_back({part.tier, {part.range.from, {start - 1, kMostSequence}}, part.coarse});
    part.range.from = {start, 0};
  }
  parts.push_back(part);
}

}  // namespace

std::string stream_of(Kind kind, Tier tier, std::string_view key, bool in_cluster) {
  switch (tier) {
    case Tier::points:
      return layout::points_name(kind, key, in_cluster);
    case Tier::hour:
      return layout::hour_name(kind, key, in_cluster);
    case Tier::day:
      return layout::day_name(kind, key, in_cluster);
    default:
      return layout::stream_name(kind, key);
  }
}

PartReader::PartReader(Store& store, Kind kind, std::string_view key, const std::vector<Part>& parts,
                       Order order, const Reach& reach)
    : store_(store),
      kind_(kind),
      key_(key),
      order_(order),
      most_hours_(reach.points.hour_bytes == 0
                      ? kHoursUnseen
                      : hours_of_page(reach.points.hour_bytes, reach.points.hour_points, kMostHoursAtFirst)) {
  for (const Part& part : parts) add_pages(parts_, part, kind, reach);
  if (order == Order::ascending) std::ranges::reverse(parts_);
}

void PartReader::next(const Alive& alive, OnPiece on_piece) {
  if (!hours_.empty()) return on_piece(unpack_next());
  if (parts_.back().tier == Tier::points) return ask_hours(alive, std::move(on_piece));
  ask_page(alive, std::move(on_piece));
}

std::shared_ptr<PartReader::AskedPage> PartReader::ask(const Part& part, const IdRange& range,
                                                       const Alive& alive) {
  const auto asked = std::make_shared<AskedPage>();
  store_.fetch({kind_, stream_of(kind_, part.tier, key_, store_.in_cluster()), range, order_}, alive,
               [asked](Result<Page> result) {
                 if (asked->on_page) return asked->on_page(std::move(result));
                 asked->page = std::move(result);
               });
  return asked;
}

void PartReader::ask_page(const Alive& alive, OnPiece on_piece) {
  const Part& part = parts_.back();
  const bool was_asked = !rest_ && ahead_ != nullptr;
  const auto asked = was_asked ? std::exchange(ahead_, nullptr) : ask(part, rest_.value_or(part.range), alive);
  if (const Part* const next = parts_.size() < 2 ? nullptr : &parts_.end()[-2];
      next != nullptr && ahead_ == nullptr && next->tier != Tier::points)
    ahead_ = ask(*next, next->range, alive);
  auto on_page = [this, tier = part.tier, on_piece = std::move(on_piece)](Result<Page> result) {
    if (const auto* refusal = std::get_if<Refusal>(&result)) return on_piece(*refusal);
    Page& page = std::get<Page>(result);
    go_on(page.rest);
    on_piece(Piece{std::move(page.entries), tier});
  };
  if (asked->page) return on_page(*std::exchange(asked->page, std::nullopt));
  asked->on_page = std::move(on_page);
}

void PartReader::ask_hours(const Alive& alive, OnPiece on_piece) {
  const Part& part = parts_.back();
  store_.fetch_packed({kind_, stream_of(kind_, part.tier, key_, store_.in_cluster()),
                       rest_.value_or(hours_that_hold(part.range)), order_, most_hours_},
                      alive, [this, on_piece = std::move(on_piece)](Result<PackedPage> result) {
                        if (const auto* refusal = std::get_if<Refusal>(&result)) return on_piece(*refusal);
                        take(std::get<PackedPage>(std::move(result)));
                        on_piece(Piece{{}, Tier::points});
                      });
}

/// `rest`: of the part that is being read.
void PartReader::go_on(const std::optional<IdRange>& rest) {
  rest_ = rest;
  if (!rest) parts_.pop_back();
}

void PartReader::take(PackedPage page) {
  within_ = parts_.back().range;
  hours_ = std::move(page.hours);
  std::ranges::reverse(hours_);
  uint64_t bytes = 0, points = 0;
  for (const PackedEntry& hour : hours_) {
    bytes = std::max<uint64_t>(bytes, hour.points.size());
    points = std::max<uint64_t>(points, points_in(hour.points));
  }
  most_hours_ = hours_of_page(bytes, points, std::min(4 * most_hours_, kMostHours));
  go_on(page.rest);
}

std::optional<PackedEntry> PartReader::take_whole_hour() {
  if (hours_.empty()) return std::nullopt;
  const uint64_t start = hours_.back().start;
  const IdRange hour{{start, 0}, {start + layout::kHourMs - 1, kMostSequence}};
  if (hour.from < within_.from || hour.to > within_.to) return std::nullopt;
  PackedEntry next = std::move(hours_.back());
  hours_.pop_back();
  return next;
}

void PartReader::tell_damaged(uint64_t hour) {
  store_.tell_damaged(layout::points_name(kind_, key_, store_.in_cluster()), hour);
}

PartReader::Piece PartReader::unpack_next() {
  const PackedEntry hour = std::move(hours_.back());
  hours_.pop_back();
  auto points = unpack(kind_, hour.start, hour.points);
  if (!points) {
    tell_damaged(hour.start);
    return {{}, Tier::points};
  }
  Piece piece{entries_of(*std::move(points), within_), Tier::points};
  if (order_ == Order::descending) std::ranges::reverse(piece.entries);
  return piece;
}

}  // namespace kilometric

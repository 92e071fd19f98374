#include "readerd/series/plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/clock.h"
#include "common/metric/points.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

/// Of an entry of the tier: from where to where it says what there was.
uint64_t span_of(Tier tier) { return tier == Tier::day ? layout::kDayMs : layout::kHourMs; }

class Planner {
 public:
  Planner(Kind kind, uint64_t grain, const Reach& reach) : kind_(kind), grain_(grain), reach_(reach) {}

  /// From this tier or finer ones.
  void plan(const IdRange& range, Tier tier) {
    if (tier == Tier::raw) return plan_raw(range);
    const Tier finer = static_cast<Tier>(static_cast<uint8_t>(tier) - 1);
    const uint64_t unit = unit_of(tier);
    const bool helps = unit <= grain_ || unit == 1;
    split(range, helps ? whole_units(range, unit, tier) : std::nullopt, {tier, {}},
          [this, finer](const IdRange& rest) { plan(rest, finer); });
  }

  std::vector<Part> take() { return std::move(parts_); }

 private:
  /// From the raw stream, and what is left of what it has lost.
  void plan_raw(const IdRange& range) {
    const auto last_lost = previous_id({reach_.raw_begin(), 0});
    if (!last_lost || *last_lost < range.from) return add({Tier::raw, range});
    plan_lost({range.from, std::min(*last_lost, range.to)}, Tier::points);
    if (*last_lost < range.to) add({Tier::raw, {*next_id(*last_lost), range.to}});
  }

  void plan_lost(const IdRange& range, Tier tier) {
    if (tier == Tier::day) return add({Tier::raw, range});
    const Tier coarser = tier == Tier::points ? Tier::hour : Tier::day;
    split(range, common_part(range, tier), {tier, {}, unit_of(tier) > 1},
          [this, coarser](const IdRange& rest) { plan_lost(rest, coarser); });
  }

  /// `part` for what is `covered` of the range, `otherwise` for what lies before and behind it.
  template <class Otherwise>
  void split(const IdRange& range, const std::optional<IdRange>& covered, Part part, Otherwise otherwise) {
    if (!covered) return otherwise(range);
    if (const auto before = previous_id(covered->from); before && *before >= range.from)
      otherwise({range.from, *before});
    part.range = *covered;
    add(part);
    if (const auto after = next_id(covered->to); after && *after <= range.to) otherwise({*after, range.to});
  }

  void add(const Part& part) {
    if (part.tier == Tier::raw && !parts_.empty() && parts_.back().tier == Tier::raw)
      parts_.back().range.to = part.range.to;
    else
      parts_.push_back(part);
  }

  const StreamInfo& info(Tier tier) const {
    if (tier == Tier::points) return reach_.points;
    return tier == Tier::day ? reach_.day : reach_.hour;
  }

  /// How long it is, of which an entry (of points, a point) says no more than the sum.
  uint64_t unit_of(Tier tier) const { return tier == Tier::points ? point_step(kind_) : span_of(tier); }

  /// What the tier has.
  std::optional<IdRange> all_of(Tier tier) const {
    const StreamInfo& has = info(tier);
    const Step span{span_of(tier)};
    if (has.length == 0 || has.last.ms > kMostMs - 2 * span.ms) return std::nullopt;
    return IdRange{{floor_to(span, has.first.ms), 0},
                   {floor_to(span, has.last.ms) + span.ms - 1, kMostSequence}};
  }

  /// The part of `range` that the tier has.
  std::optional<IdRange> common_part(const IdRange& range, Tier tier) const {
    const auto all = all_of(tier);
    if (!all || all->from > range.to || all->to < range.from) return std::nullopt;
    return IdRange{std::max(range.from, all->from), std::min(range.to, all->to)};
  }

  /// The part of it that consists of whole units.
  std::optional<IdRange> whole_units(const IdRange& range, uint64_t unit, Tier tier) const {
    const auto all = all_of(tier);
    if (!all || range.from.ms > kMostMs - 2 * unit) return std::nullopt;
    const bool starts_a_unit = range.from == StreamId{floor_to(Step{unit}, range.from.ms), 0};
    const uint64_t first = floor_to(Step{unit}, range.from.ms) + (starts_a_unit ? 0 : unit);
    const auto behind = next_id(range.to);
    const uint64_t end = behind ? floor_to(Step{unit}, behind->ms) : kMostMs;
    const uint64_t from = std::max(first, all->from.ms), to = std::min(end, all->to.ms + 1);
    if (from >= to) return std::nullopt;
    return IdRange{{from, 0}, {to - 1, kMostSequence}};
  }

  const Kind kind_;
  const uint64_t grain_;
  const Reach& reach_;
  std::vector<Part> parts_;
};

}  // namespace

uint64_t Reach::raw_begin() const {
  return raw.length == 0 ? kMostMs : floor_to(Step{layout::kHourMs}, raw.first.ms);
}

/// A tier's first unit that ends where the raw stream begins, or earlier, was in it once. Days stay longest.
bool Reach::trimmed(const IdRange& range) const {
  const uint64_t begin = raw_begin();
  const auto tells = [&](const StreamInfo& tier, uint64_t span) {
    return tier.length > 0 && tier.first.ms < begin && begin - tier.first.ms >= span;
  };
  if (range.from.ms >= begin || (day.length > 0 && range.to < day.first)) return false;
  return tells(hour, layout::kHourMs) || tells(day, layout::kDayMs);
}

std::vector<Part> make_plan(Kind kind, const IdRange& range, uint64_t grain, const Reach& reach) {
  Planner planner(kind, grain, reach);
  planner.plan(range, Tier::day);
  return planner.take();
}

}  // namespace kilometric

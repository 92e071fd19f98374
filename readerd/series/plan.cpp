#include "readerd/series/plan.h"

#include <algorithm>
#include <optional>

#include "common/clock.h"
#include "common/redis/layout.h"

namespace kilometric {
namespace {

class Planner {
 public:
  Planner(uint64_t grain, const StreamInfo& hour, const StreamInfo& day)
      : grain_(grain), hour_(hour), day_(day) {}

  void plan(const IdRange& range, Tier tier) {
    if (tier == Tier::raw) return parts_.push_back({tier, range});
    const Tier finer = tier == Tier::day ? Tier::hour : Tier::raw;
    const auto covered = whole_units(range, tier);
    if (!covered) return plan(range, finer);
    if (const auto before = previous_id(covered->from); before && *before >= range.from)
      plan({range.from, *before}, finer);
    parts_.push_back({tier, *covered});
    if (const auto after = next_id(covered->to); after && *after <= range.to) plan({*after, range.to}, finer);
  }

  std::vector<Part> take() { return std::move(parts_); }

 private:
  /// The part of `range` that consists of whole units which the tier has.
  std::optional<IdRange> whole_units(const IdRange& range, Tier tier) const {
    const uint64_t unit = tier == Tier::day ? layout::kDayMs : layout::kHourMs;
    const StreamInfo& info = tier == Tier::day ? day_ : hour_;
    if (unit > grain_ || info.length == 0) return std::nullopt;
    if (info.last.ms > kMostMs - 2 * unit || range.from.ms > kMostMs - 2 * unit) return std::nullopt;
    const bool starts_a_unit = range.from == StreamId{floor_to(Step{unit}, range.from.ms), 0};
    const uint64_t first = floor_to(Step{unit}, range.from.ms) + (starts_a_unit ? 0 : unit);
    const auto behind = next_id(range.to);
    const uint64_t end = behind ? floor_to(Step{unit}, behind->ms) : kMostMs;
    const uint64_t from = std::max(first, floor_to(Step{unit}, info.first.ms));
    const uint64_t to = std::min(end, floor_to(Step{unit}, info.last.ms) + unit);
    if (from >= to) return std::nullopt;
    return IdRange{{from, 0}, {to - 1, kMostSequence}};
  }

  const uint64_t grain_;
  const StreamInfo& hour_;
  const StreamInfo& day_;
  std::vector<Part> parts_;
};

}  // namespace

std::vector<Part> make_plan(const IdRange& range, uint64_t grain, const StreamInfo& hour,
                            const StreamInfo& day) {
  Planner planner(grain, hour, day);
  planner.plan(range, Tier::day);
  return planner.take();
}

}  // namespace kilometric

#include "readerd/api/resolution_header.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/metric/points.h"
#include "common/redis/layout.h"

namespace kilometric {

void ResolutionHeader::add(Kind kind, const Selection& selection, const Extents& extents) {
  if (!extents.trimmed(selection.range)) return;
  for (const Part& part : extents.plan(kind, selection)) {
    if (!part.coarse) continue;
    const uint64_t seconds = (part.tier == Tier::points ? point_step(kind) : layout::kHourMs) / 1000;
    const auto [at, is_new] = coarse_.try_emplace(seconds, part.range.from.ms, part.range.to.ms);
    if (is_new) continue;
    at->second.first = std::min(at->second.first, part.range.from.ms);
    at->second.second = std::max(at->second.second, part.range.to.ms);
  }
}

std::string ResolutionHeader::line() const {
  std::string items;
  for (auto item = coarse_.rbegin(); item != coarse_.rend(); ++item)
    items += fmt::format("{}{};from={};to={}", items.empty() ? "" : ", ", item->first, item->second.first,
                         item->second.second);
  return items.empty() ? items : "Kilometric-Resolution: " + items + "\r\n";
}

}  // namespace kilometric

#include "readerd/graphite/gather/name_families.h"

#include <algorithm>
#include <array>

#include "readerd/graphite/gather/percentile_name.h"

namespace kilometric::graphite {
namespace {

using Of = Stat::Of;
using Part = Stat::Part;

constexpr std::string_view kCounters[] = {"stats", "counters"}, kTimers[] = {"stats", "timers"},
                           kGauges[] = {"stats", "gauges"}, kSets[] = {"stats", "sets"},
                           kLegacyRates[] = {"stats"}, kLegacyCounts[] = {"stats_counts"};

constexpr Ending kSum[] = {{"", {Of::sum}}}, kRate[] = {{"", {Of::sum}, true}}, kLast[] = {{"", {Of::last}}},
                 kMean[] = {{"", {Of::mean}}}, kUnique[] = {{"", {Of::unique}}};
constexpr Ending kOfCounters[] = {{"count", {Of::sum}}, {"rate", {Of::sum}, true}};
constexpr Ending kOfSets[] = {{"count", {Of::unique}}};
constexpr Ending kOfTimers[] = {{"count", {Of::count}},
                                {"count_90", {Of::count, 0.9, Part::lowest}},
                                {"count_ps", {Of::count}, true},
                                {"lower", {Of::min}},
                                {"mean", {Of::mean}},
                                {"mean_90", {Of::mean, 0.9, Part::lowest}},
                                {"median", {Of::quantile, 0.5}},
                                {"std", {Of::stddev}},
                                {"sum", {Of::sum}},
                                {"sum_90", {Of::sum, 0.9, Part::lowest}},
                                {"sum_squares", {Of::squares}},
                                {"sum_squares_90", {Of::squares, 0.9, Part::lowest}},
                                {"upper", {Of::max}},
                                {"upper_90", {Of::quantile, 0.9}}};
constexpr Ending kOfDatadog[] = {
    {"95percentile", {Of::quantile, 0.95}}, {"avg", {Of::mean}}, {"count", {Of::count}}, {"max", {Of::max}},
    {"median", {Of::quantile, 0.5}},        {"min", {Of::min}},  {"sum", {Of::sum}}};

constexpr NameFamily kPlain[] = {
    {Kind::counter, {}, kSum}, {Kind::gauge, {}, kLast}, {Kind::timer, {}, kMean}, {Kind::set, {}, kUnique}};
constexpr NameFamily kOfBoth[] = {{Kind::timer, kTimers, kOfTimers, statsd_percentile},
                                  {Kind::gauge, kGauges, kLast},
                                  {Kind::set, kSets, kOfSets}};

NameFamilies families_of(GraphiteNames names) {
  if (names == GraphiteNames::plain) return {std::begin(kPlain), std::end(kPlain)};
  NameFamilies families(std::begin(kOfBoth), std::end(kOfBoth));
  if (names == GraphiteNames::statsd) {
    families.push_back({Kind::counter, kCounters, kOfCounters});
  } else {
    families.push_back({Kind::counter, kLegacyCounts, kSum});
    families.push_back({Kind::counter, kLegacyRates, kRate});
  }
  return families;
}

}  // namespace

std::string NameFamily::prefix() const {
  std::string text;
  for (const std::string_view node : before) text.append(node).append(".");
  return text;
}

bool NameFamily::begins(const Path& path, bool listed) const {
  if (!before.empty() && !listed && !path[0].literal) return false;
  for (size_t place = 0; place < std::min(before.size(), path.size()); ++place)
    if (!path[place].glob.matches(before[place])) return false;
  return true;
}

std::vector<Ending> NameFamily::endings_of(const PathNode& node) const {
  std::vector<Ending> found;
  for (const Ending& ending : endings)
    if (node.glob.matches(ending.text)) found.push_back(ending);
  if (!found.empty() || !node.literal || percentile == nullptr) return found;
  if (const auto stat = percentile(*node.literal)) found.push_back({*node.literal, *stat});
  return found;
}

std::vector<NameFamilies> families_in_order(GraphiteNames listed) {
  std::vector<NameFamilies> order{families_of(listed)};
  for (const GraphiteNames names : {GraphiteNames::plain, GraphiteNames::statsd, GraphiteNames::legacy})
    if (names != listed) order.push_back(families_of(names));
  return order;
}

NameFamilies datadog_families() { return {{Kind::timer, {}, kOfDatadog, datadog_percentile}}; }

}  // namespace kilometric::graphite

#include "readerd/graphite/gather/names.h"

#include <utility>

namespace kilometric::graphite {
namespace {

using Of = Stat::Of;

void add_meanings(const Path& path, const NameFamily& family, std::vector<Meaning>& meanings) {
  const size_t first = family.before.size();
  const bool whole = family.ends_with_key();
  if (path.size() < first + (whole ? 1 : 2)) return;
  const Path keys = path.part(first, path.size() - first - (whole ? 0 : 1));
  const PathNode& last = path[path.size() - 1];
  for (const Ending& ending : whole ? std::vector<Ending>{family.endings.front()} : family.endings_of(last))
    meanings.push_back({family.kind, keys, ending.stat, ending.per_second, family.prefix(),
                        whole ? "" : "." + std::string(ending.text)});
}

}  // namespace

Meanings meanings_of(const Path& path, GraphiteNames listed) {
  std::vector<NameFamilies> order = families_in_order(listed);
  order.push_back(datadog_families());
  Meanings meanings;
  for (size_t place = 0; place < order.size(); ++place) {
    std::vector<Meaning> some;
    for (const NameFamily& family : order[place])
      if (family.begins(path, place == 0)) add_meanings(path, family, some);
    if (!some.empty()) meanings.push_back(std::move(some));
  }
  return meanings;
}

Consolidation consolidation_of(const Stat& stat, bool per_second) {
  if (per_second) return Consolidation::average;
  switch (stat.of) {
    case Of::sum:
    case Of::squares:
    case Of::count:
      return Consolidation::sum;
    case Of::min:
      return Consolidation::min;
    case Of::max:
      return Consolidation::max;
    default:
      return Consolidation::average;
  }
}

bool is_zero_when_empty(Kind kind, const Stat& stat) {
  return kind == Kind::counter || kind == Kind::set || (stat.of == Of::count && stat.part == Stat::Part::all);
}

}  // namespace kilometric::graphite

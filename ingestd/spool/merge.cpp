#include "ingestd/spool/merge.h"

#include <algorithm>

#include "ingestd/spool/key_sums.h"

namespace kilometric {
namespace {

void sum_up(KeySums& sums, const Batch& batch, SumIds ids) {
  for (size_t i = 0; i < batch.size(); ++i) {
    BatchEntry entry = batch[i];
    entry.ms = ids == SumIds::own ? batch.ms(entry) : 0;
    sums.then(entry);
  }
}

uint64_t events_above(const std::vector<BatchEntry>& entries, uint64_t most) {
  const auto events = static_cast<uint64_t>(std::ranges::count_if(
      entries, [](const BatchEntry& entry) { return entry.delta.kind() == Kind::event; }));
  return events - std::min(events, most);
}

}  // namespace

std::optional<uint64_t> add_up(SpoolFolder& folder, uint64_t older_number, uint64_t newer_number,
                               const SumRules& rules, const std::set<Identity>& harvested) {
  const Batch older = folder.open(older_number), newer = folder.open(newer_number);
  if (!older && !newer) return std::nullopt;
  KeySums sums;
  sum_up(sums, older, rules.ids);
  sum_up(sums, newer, rules.ids);
  BatchHeader header = newer ? newer.header() : older.header();
  header.number = newer_number;
  header.covers = older_number;
  return folder.write(header, [&](BatchWriter& writer) {
    uint64_t too_many = events_above(sums.entries(), rules.most_events);
    for (const BatchEntry& entry : sums.entries())
      if (entry.delta.kind() != Kind::event || too_many == 0)
        writer.add(entry);
      else
        --too_many;
    for (const Identity& segment : harvested)
      if (names(older, segment) || names(newer, segment)) writer.add(segment);
  });
}

bool names(const Batch& batch, const Identity& segment) {
  return batch && std::ranges::count(batch.segments(), segment) > 0;
}

}  // namespace kilometric

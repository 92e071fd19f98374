#include "ingestd/send/key_registration.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "common/redis/layout.h"

namespace kilometric {
namespace {

/// A command. A batch of no more keys is told whole each time: it costs one command.
constexpr size_t kKeys = 100;

/// The table of what was told is far larger than the cache: its lines are asked for some keys ahead.
constexpr size_t kLookedUpTogether = 16;
struct Candidate {
  std::string_view key;
  uint64_t hash;
};

}  // namespace

KeyRegistration::Part KeyRegistration::next(const Batch& batch) {
  Part part{{"ZADD", layout::kKeys}, {}, {}, told_.losses()};
  std::array<Candidate, kLookedUpTogether> candidates;
  while (next_ < batch.size() && part.hashes.size() < kKeys) {
    const size_t first = next_;
    const size_t count = std::min({batch.size() - next_, kKeys - part.hashes.size(), candidates.size()});
    for (size_t i = 0; i < count; ++i) {
      const BatchEntry entry = batch[next_++];
      candidates[i] = {entry.key, told_.hash_of(entry.delta.kind(), entry.key)};
      told_.prefetch(candidates[i].hash);
    }
    for (size_t i = 0; i < count; ++i) {
      const auto& [key, hash] = candidates[i];
      const bool known = told_.contains(hash);
      if (known && batch.size() > kKeys && !told_.is_due(hash)) continue;
      part.command.insert(part.command.end(), {"0", key});
      part.hashes.push_back(hash);
      if (!known) part.fresh.push_back(first + i);
    }
  }
  if (part.hashes.empty()) part.command.clear();
  return part;
}

void KeyRegistration::on_told(const Batch& batch, const Part& part, size_t added) {
  const size_t fresh = part.fresh.size(), known = part.hashes.size() - fresh;
  const bool lost = added > fresh && 2 * (added - fresh) > known;
  if (lost && part.losses == told_.losses()) {  // not seen by an earlier part
    spdlog::warn("the index of keys, {}, has lost what it was told; all is told again", layout::kKeys);
    told_.lose();
    begin_again();
  }
  for (const uint64_t hash : part.hashes) told_.insert(hash);
  if (added == 0) return;
  for (const size_t index : part.fresh) told_.note_new(batch[index].delta.kind(), batch[index].key);
}

}  // namespace kilometric

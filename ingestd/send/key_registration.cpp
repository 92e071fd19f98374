#include "ingestd/send/key_registration.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/redis/layout.h"

namespace kilometric {
namespace {

constexpr size_t kKeys = 100;  ///< a command
constexpr int kSamples = 3;    ///< a batch

/// The table of what was told is far larger than the cache: its lines are asked for some keys ahead.
constexpr size_t kLookedUpTogether = 16;
struct Candidate {
  std::string_view key;
  uint64_t hash;
};

}  // namespace

std::vector<std::string_view> KeyRegistration::samples(const Batch& batch) {
  std::vector<std::string_view> keys;
  if (std::exchange(sampled_, true) || batch.size() == 0) return keys;
  for (int i = 0; i < kSamples; ++i) {
    const BatchEntry entry = batch[random_() % batch.size()];
    if (told_.contains(entry.delta.kind(), entry.key)) keys.push_back(entry.key);
  }
  return keys;
}

KeyRegistration::Part KeyRegistration::next(const Batch& batch) {
  Part part{{"ZADD", layout::kKeys}, next_, next_};
  std::array<Candidate, kLookedUpTogether> candidates;
  while (next_ < batch.size() && part.command.size() < 2 + 2 * kKeys) {
    const size_t room = kKeys - (part.command.size() - 2) / 2;
    const size_t count = std::min({batch.size() - next_, room, candidates.size()});
    for (size_t i = 0; i < count; ++i) {
      const BatchEntry entry = batch[next_++];
      candidates[i] = {entry.key, told_.hash_of(entry.delta.kind(), entry.key)};
      __builtin_prefetch(told_.place(candidates[i].hash));
    }
    for (size_t i = 0; i < count; ++i)
      if (!told_.contains(candidates[i].hash))
        part.command.insert(part.command.end(), {"0", candidates[i].key});
  }
  if (part.command.size() == 2) part.command.clear();
  part.end = next_;
  return part;
}

void KeyRegistration::on_told(const Batch& batch, const Part& part) {
  for (size_t i = part.begin; i < part.end; ++i) told_.insert(batch[i].delta.kind(), batch[i].key);
}

void KeyRegistration::on_missing() {
  if (told_.size() > 0) spdlog::warn("the index of keys, {}, has lost some; all are told again", layout::kKeys);
  told_.clear();
  begin_again();
}

}  // namespace kilometric

#include "ingestd/send/key_registration.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/log.h"

namespace kilometric {
namespace {

/// A command. A batch of no more keys is told whole each time: it costs one command.
constexpr size_t kKeys = 100;

/// The table of what was told is far larger than the cache: its lines are asked for some keys ahead.
constexpr size_t kLookedUpTogether = 32;
struct Candidate {
  Kind kind;
  std::string_view key;
  uint64_t hash;
};

}  // namespace

bool KeyRegistration::done(const Batch& batch) const {
  return next_ == batch.size() && newcomers_.empty() &&
         std::ranges::all_of(parts_, [](const Part& part) { return part.size() == 0; });
}

KeyRegistration::Part& KeyRegistration::largest() { return *std::ranges::max_element(parts_, {}, &Part::size); }

/// A part is given out when it is full, and at the end of the batch.
KeyRegistration::Part KeyRegistration::next(const Batch& batch) {
  while (next_ < batch.size() && largest().size() < kKeys) gather(batch);
  Part part = std::exchange(largest(), {});
  part.losses = told_.losses();
  return part;
}

/// Of some more entries; no part becomes more than full.
void KeyRegistration::gather(const Batch& batch) {
  std::array<Candidate, kLookedUpTogether> candidates;
  const size_t first = next_;
  const size_t count = std::min({batch.size() - next_, kKeys - largest().size(), candidates.size()});
  for (size_t i = 0; i < count; ++i) {
    const auto [kind, key] = batch.key(next_++);
    candidates[i] = {kind, key, told_.hash_of(kind, key)};
    told_.prefetch(candidates[i].hash);
  }
  for (size_t i = 0; i < count; ++i) {
    const auto& [kind, key, hash] = candidates[i];
    if (kind == Kind::event) continue;
    const bool known = told_.contains(hash);
    if (known && batch.size() > kKeys && !told_.is_due(hash)) continue;
    Part& part = parts_[row_of(kind)];
    part.kind = kind;
    if (part.command.empty()) part.command = {"ZADD", text_of(kind).index};
    part.command.insert(part.command.end(), {"0", key});
    part.hashes.push_back(hash);
    if (!known) part.fresh.push_back(first + i);
  }
}

void KeyRegistration::on_told(const Part& part, size_t added) {
  const size_t fresh = part.fresh.size(), known = part.hashes.size() - fresh;
  const bool lost = added > fresh && 2 * (added - fresh) > known;
  if (lost && part.losses == told_.losses()) {  // not seen by an earlier part
    log_warning("the index of keys, {}, has lost what it was told; all is told again",
                text_of(part.kind).index);
    told_.lose();
    begin_again();
  }
  for (const uint64_t hash : part.hashes) told_.prefetch(hash);
  for (const uint64_t hash : part.hashes) told_.insert(hash);
  if (added == 0) return;
  told_.count_added(part.kind, added);
  newcomers_.insert(newcomers_.end(), part.fresh.begin(), part.fresh.end());
}

std::optional<size_t> KeyRegistration::next_newcomer() {
  if (newcomers_.empty()) return std::nullopt;
  const size_t index = newcomers_.back();
  newcomers_.pop_back();
  return index;
}

void KeyRegistration::on_history(const Batch& batch, size_t index) {
  const auto [kind, key] = batch.key(index);
  told_.note_new(kind, key);
}

}  // namespace kilometric
